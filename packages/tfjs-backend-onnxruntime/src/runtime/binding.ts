import { createRequire } from 'node:module';
import type { OnnxValue } from 'onnxruntime-node';

/** The part of onnxruntime-node's own binding that runs at once. It is not documented, so never relied on. */
export interface Binding {
  InferenceSession: new () => {
    loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
    run(
      feeds: Record<string, OnnxValue>,
      fetches: Record<string, OnnxValue | null>,
      options: object,
    ): Record<string, OnnxValue>;
    dispose(): void;
  };
}

/** `undefined` where onnxruntime-node does not have it as it is known. */
export function loadBinding(): Binding | undefined {
  try {
    const load = createRequire(import.meta.url);
    const { binding, initOrt } = load('onnxruntime-node/dist/binding.js') as {
      binding?: Binding;
      initOrt?: () => void;
    };
    if (typeof binding?.InferenceSession?.prototype?.run !== 'function' || typeof initOrt !== 'function') {
      return undefined;
    }
    initOrt();
    return binding;
  } catch {
    return undefined;
  }
}
