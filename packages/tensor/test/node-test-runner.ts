import { describe, it } from 'node:test';
import { type HostTensor, hostBackend, type TensorBackend } from '@excb/tensor';
import { conformanceSuite } from '@excb/tensor/conformance';

/** Run by `node --test`: the suite as another test runner sees it, over a backend that argMax breaks. */
const right = hostBackend();
const broken: TensorBackend<HostTensor> = { ...right, argMax: (t) => right.argMax(t, 0) };

conformanceSuite(() => Promise.resolve(process.env.EXCB_BROKEN ? broken : right), { describe, it });
