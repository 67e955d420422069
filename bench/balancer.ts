/** Milliseconds of a balancing step: ours in several ways, tfjs and PyTorch. See README.md. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measure } from './balancer/measure.ts';
import { formatReport, makeReport, type SizeReport } from './balancer/report.ts';

const USAGE = `usage: npm run bench:balancer
  --rows a,b      default 64,512,2048
  --clusters a,b  default 4096,65536
  --only a,b      of the contenders, those whose names begin so, such as simd,pytorch
  --rounds n      turns of everyone, default 7
  --no-pytorch    without PyTorch
  --no-tfjs       without tfjs
  --others        our Sinkhorn-Knopp and MIRA too, which take long for many rows
  --python path   Python that has PyTorch; default python3
  --json          one line of JSON`;

const OURS = [
  'copy',
  'javascript',
  'simd',
  'simd, 2 threads',
  'simd, new array',
  'kernel arrays',
  'kernel arrays, 2 threads',
];
const PYTORCH = [
  'pytorch, 1 thread',
  'pytorch, 2 threads',
  'pytorch as usual, 2 threads',
  'pytorch sinkhorn, 2 threads',
  'pytorch mira, 2 threads',
];
const OTHERS = ['sinkhorn', 'mira'];

const { values } = parseArgs({
  allowNegative: true,
  options: {
    rows: { type: 'string', default: '64,512,2048' },
    clusters: { type: 'string', default: '4096,65536' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    pytorch: { type: 'boolean', default: true },
    tfjs: { type: 'boolean', default: true },
    others: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function counts(name: 'rows' | 'clusters' | 'rounds'): number[] {
  return values[name].split(',').map((text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1) return value;
    throw new Error(`--${name} is ${values[name]}: pass whole numbers of at least 1`);
  });
}

async function run(): Promise<void> {
  const all = [
    ...OURS,
    ...(values.tfjs ? ['tfjs-wasm'] : []),
    ...(values.pytorch ? PYTORCH : []),
    ...(values.others ? OTHERS : []),
  ];
  const only = values.only?.split(',');
  const names = all.filter((name) => !only || only.some((start) => name.startsWith(start)));
  const [turns] = counts('rounds');
  const sizes: SizeReport[] = [];
  for (const clusters of counts('clusters')) {
    for (const rows of counts('rows')) {
      const loadBefore = Number(loadavg()[0].toFixed(2));
      const outcomes = await measure({ rows, clusters, names, turns, python: values.python });
      const report = makeReport({ rows, clusters, loadBefore }, outcomes);
      if (!values.json) console.log(formatReport(report));
      sizes.push(report);
    }
  }
  if (values.json) console.log(JSON.stringify({ rounds: turns, sizes }));
}

if (values.help) {
  console.log(USAGE);
} else {
  try {
    await run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
