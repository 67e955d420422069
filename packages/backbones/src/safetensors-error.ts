/** Bytes are not a safetensors file that can be read, or a state cannot be written as one. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}
