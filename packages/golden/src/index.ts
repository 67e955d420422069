export { expectChecksum, expectTensor, type GoldenChecksum, type GoldenTensor } from './compare.ts';
export { fillState, type GoldenEntry, type GoldenState } from './fill-state.ts';
export { type Golden, golden, goldenDirectory } from './golden.ts';
export { hashSigned, hashTensor, hashUniform } from './hash-generator.ts';
export { type GoldenFile, tolerance } from './tolerances.ts';
