import { expectTensor, type GoldenTensor, golden, tolerance } from '@excb/golden';
import { describe, expect, it } from 'vitest';
import { describeMatrix } from '../test/backend-matrix.ts';
import { type Assigner, createCentering, createMira, createSinkhorn } from './index.ts';

interface CenteringStep {
  similarities: GoldenTensor;
  teacherTemperature: number;
  targets: GoldenTensor;
  centerBefore: GoldenTensor;
  centerAfter: GoldenTensor;
}

interface Case {
  rows: number;
  clusters: number;
  similarities: GoldenTensor;
  sinkhorn: { epsilon: number; rounds: number; targets: GoldenTensor }[];
  mira: { tau: number; beta: number; rounds: number; targets: GoldenTensor }[];
  centering: {
    momentum: number;
    warmup: { from: number; to: number; epochs: number };
    steps: CenteringStep[];
  };
}

interface File {
  tol: { abs: number; miraAbs: number };
  cases: Case[];
}

const { tol, cases } = golden<File>('assignments');
const ABS = tolerance('assignments', tol.abs);

it('the file has cases of every assignment', () => {
  expect(cases.length).toBeGreaterThan(0);
  for (const { sinkhorn, mira, centering } of cases) {
    for (const list of [sinkhorn, mira, centering.steps]) expect(list.length).toBeGreaterThan(0);
  }
});

describeMatrix('golden assignments', (entry) => {
  describe.each(cases)('$rows rows, $clusters clusters', ({ rows, clusters, similarities, ...one }) => {
    const { sinkhorn, mira, centering } = one;

    async function expectTargets(
      assigner: Assigner<unknown>,
      z: GoldenTensor,
      expected: GoldenTensor,
      absolute: number,
      context = {},
    ) {
      for (const { shape } of [z, expected]) expect(shape).toEqual([rows, clusters]);
      const result = assigner.assign(entry.tensor(z.data, z.shape), context);
      expectTensor(await entry.read(result.targets), expected, absolute, 'targets');
      return result;
    }

    it.each(sinkhorn)('Sinkhorn-Knopp, ε $epsilon, $rounds rounds', async ({ epsilon, rounds, targets }) => {
      const assigner = createSinkhorn({ clusters, epsilon, rounds, backend: entry.backend });
      await expectTargets(assigner, similarities, targets, ABS);
      assigner.dispose();
    });

    it.each(mira)('MIRA, τ $tau, β $beta, $rounds rounds', async ({ tau, beta, rounds, targets }) => {
      const assigner = createMira({ clusters, temperature: tau, beta, rounds, backend: entry.backend });
      await expectTargets(assigner, similarities, targets, tolerance('assignments', tol.miraAbs));
      assigner.dispose();
    });

    it('centering, warming up by epochs', async () => {
      const { momentum, warmup, steps } = centering;
      const { from, to, epochs } = warmup;
      const assigner = createCentering({
        clusters,
        momentum,
        teacherTemperature: to,
        warmup: { from, epochs },
        backend: entry.backend,
      });
      const expectCenter = async (expected: GoldenTensor, label: string) => {
        expect(expected.shape).toEqual([1, clusters]);
        expectTensor(await assigner.center(), expected, ABS, label);
      };
      for (const [epoch, step] of steps.entries()) {
        await expectCenter(step.centerBefore, `centerBefore ${epoch}`);
        const { assignments } = await expectTargets(assigner, step.similarities, step.targets, ABS, {
          epoch,
        });
        await assigner.update(assignments);
        await expectCenter(step.centerAfter, `centerAfter ${epoch}`);
        // The temperature that the file states is the one that was used: at it, without warm-up, the same comes out.
        const fixed = createCentering({
          clusters,
          momentum,
          teacherTemperature: step.teacherTemperature,
          backend: entry.backend,
        });
        const center = Float32Array.from(step.centerBefore.data);
        await fixed.restore({ assigner: 'centering', clusters, values: {}, arrays: { center } });
        await expectTargets(fixed, step.similarities, step.targets, ABS);
        fixed.dispose();
      }
      assigner.dispose();
    });
  });
});
