/** onnxruntime-node, or what was asked of it, is not there. */
export class RuntimeUnavailableError extends Error {
  override name = 'RuntimeUnavailableError';
}

/** A kernel has no native version and the backend is strict. */
export class FallbackError extends Error {
  override name = 'FallbackError';
  constructor(readonly kernel: string) {
    super(
      `the kernel ${kernel} is not native on the onnxruntime backend for these inputs, and strict mode forbids tfjs-cpu: ` +
        `write the computation with other operations, or configure({ strict: false })`,
    );
  }
}

/** A graph did not compile or run. */
export class GraphError extends Error {
  override name = 'GraphError';
}

/** A value was asked for at once where the runtime can only give it later. */
export class SynchronousReadError extends Error {
  override name = 'SynchronousReadError';
  constructor() {
    super(
      'dataSync() on the onnxruntime backend needs the synchronous interface of onnxruntime-node, which this version does not have or options turned off: use await tensor.data()',
    );
  }
}
