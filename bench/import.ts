/** Milliseconds until `@excb/balancer`, packed and installed, is imported in a fresh process of Node. See README.md. */
import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { PackedProject } from '../test/packed-project.ts';

const rounds = 20;
const empty = 'empty-module';

/** Programs that print how long their import took. */
const programs = {
  'import.mjs': (name: string) => timed(`await import('${name}')`),
  'require.cjs': (name: string) => timed(`require('${name}')`),
};

function timed(statement: string): string {
  return `const start = performance.now();\n${statement};\nconsole.log(performance.now() - start);\n`;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** A package without content, as ES module and CommonJS: what an import costs by itself. */
function installEmptyModule(project: PackedProject): void {
  const folder = join('node_modules', empty);
  mkdirSync(join(project.folder, folder));
  const exports = { import: './index.mjs', require: './index.cjs' };
  project.write(join(folder, 'package.json'), JSON.stringify({ name: empty, exports }));
  project.write(join(folder, 'index.mjs'), 'export {};\n');
  project.write(join(folder, 'index.cjs'), '');
}

const loadBefore = loadavg()[0];
const project = await PackedProject.make();
try {
  installEmptyModule(project);
  const contenders = Object.entries(programs).flatMap(([file, program]) =>
    ['@excb/balancer', empty].map((name, i) => {
      project.write(`${i}-${file}`, program(name));
      return {
        file: `${i}-${file}`,
        label: `${file.startsWith('import') ? 'import' : 'require'} ${name}`,
        times: [] as number[],
      };
    }),
  );
  for (const { file } of contenders) await project.node(file); // fills the file cache
  for (let round = 0; round < rounds; round++) {
    for (const { file, times } of contenders) times.push(Number(await project.node(file)));
  }
  console.log(`node ${process.version}, load before ${loadBefore.toFixed(2)}, ${rounds} processes each, ms:`);
  for (const { label, times } of contenders) {
    const range = `${Math.min(...times).toFixed(1)} … ${Math.max(...times).toFixed(1)}`;
    console.log(`${label.padEnd(24)} median ${median(times).toFixed(1)}  (${range})`);
  }
} finally {
  project.remove();
}
