/** Specs of tfjs-core that the backend is known not to pass: the full name, and why it cannot or need not. */
export const exceptions: Readonly<Record<string, string>> = {
  'max onnxruntime {} return NaNs':
    "ONNX's ReduceMax passes over NaN; another pass over the numbers would slow training steps down",
  'argmax onnxruntime {} ignores NaNs':
    "ONNX's ArgMax takes NaN for the largest; another pass over the numbers would slow training steps down",
  'tan onnxruntime {} numbers exceed float32 precision':
    'near a pole the tangent is 30144.1777 here and 30144.1758 in tfjs: one unit in the last place, which is more than the 1e-3 that the spec allows',
};
