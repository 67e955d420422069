import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { plot } from '../src/plot.ts';
import { report } from '../src/report.ts';
import { readStudy } from '../src/results.ts';
import { withSection } from '../src/section.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'excb-study-test-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const tiny = [
  '--images',
  '128',
  '--epochs',
  '1',
  '--batches',
  '32,64',
  '--assigners',
  'balance,mira',
  '--seeds',
  '1',
  '--out',
  out,
];
const start = ['run', '--silent', 'start', '--', ...tiny];

it('goes on after an interruption with the run that it cut off, and repeats none', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@excb/source', 'src/main.ts', ...tiny],
    {
      cwd: folder,
    },
  );
  let printed = '';
  child.stdout.on('data', (chunk) => {
    const told = printed.includes('1 of 4, ');
    printed += chunk;
    // A second signal would end it at once.
    if (!told && printed.includes('1 of 4, ')) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code, printed).toBe(130);
  const files = readdirSync(out);
  expect(files).toContain('balance-batch-32-seed-0.json');
  expect(files.filter((name) => name.includes('-batch-')).length).toBeLessThan(4);
  expect(files.filter((name) => !name.endsWith('.json'))).toEqual([]);
  const first = join(out, 'balance-batch-32-seed-0.json');
  const done = readFileSync(first, 'utf8');

  const again = spawnSync('npm', start, { cwd: folder, encoding: 'utf8' });
  expect(again.status, again.stderr).toBe(0);
  expect(again.stdout).toContain('1 of 4, balance-batch-32-seed-0: done before');
  expect(readFileSync(first, 'utf8')).toBe(done);
  const study = readStudy(out);
  const { results } = study;
  expect(results.map(({ assigner, batch }) => `${assigner} ${batch}`)).toEqual([
    'balance 32',
    'balance 64',
    'mira 32',
    'mira 64',
  ]);
  for (const { imagesSeen, effectiveClusters, knn } of results) {
    expect(imagesSeen).toBe(128);
    expect(effectiveClusters).toBeGreaterThan(1);
    expect(knn).toBeGreaterThan(0);
  }
  expect(readFileSync(join(out, 'report.md'), 'utf8')).toBe(report(study));
  expect(readFileSync(join(out, 'report.svg'), 'utf8')).toBe(await plot(study));
  expect(study.conditions).toHaveLength(1);
  const [before] = study.untrained;
  expect(study.untrained).toHaveLength(1);
  expect(before.seed).toBe(0);
  expect(before.images).toBe(128);
  expect(before.knn).toBeGreaterThan(0);
  expect(results.map(({ knn, recallAt1 }) => [knn, recallAt1])).not.toContainEqual([
    before.knn,
    before.recallAt1,
  ]);

  const timed = spawnSync('npm', [...start, '--time', '1'], { cwd: folder, encoding: 'utf8' });
  expect(timed.status, timed.stderr).toBe(0);
  const timedStudy = readStudy(out);
  expect(timedStudy.times.map(({ assigner, batch }) => `${assigner} ${batch}`).sort()).toEqual(
    results.map(({ assigner, batch }) => `${assigner} ${batch}`),
  );
  expect(readFileSync(join(out, 'report.md'), 'utf8')).toBe(report(timedStudy));
}, 300_000);

it('a report of no runs, and options that are none, say what to do', () => {
  const empty = spawnSync('npm', ['run', '--silent', 'start', '--', '--report', '--out', join(out, 'none')], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(empty.status).toBe(1);
  expect(empty.stderr).toContain('holds no run: leave out --report');
  const unknown = spawnSync('npm', ['run', '--silent', 'start', '--', '--assigners', 'balance,sinkhron'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain("no assigner 'sinkhron': choose of balance, none");
}, 180_000);

const published = join(folder, 'results');

it('the published report and plot are those of the published runs, and the README holds the report', async () => {
  const study = readStudy(published);
  expect(study.results.length).toBeGreaterThan(0);
  const text = report(study);
  expect(readFileSync(join(published, 'report.md'), 'utf8')).toBe(text);
  expect(readFileSync(join(published, 'report.svg'), 'utf8')).toBe(await plot(study));
  const readme = join(folder, 'README.md');
  expect(readFileSync(readme, 'utf8')).toBe(withSection(readme, text, join(published, 'report.svg')));
});

it('the report goes between the marks of a file, and nothing else of it changes', () => {
  const file = join(out, 'page.md');
  writeFileSync(file, 'above\n<!-- report: begin -->\nold\n<!-- report: end -->\nbelow\n');
  const text = withSection(file, 'new', join(out, 'plots', 'report.svg'));
  expect(text.startsWith('above\n<!-- report: begin -->\n')).toBe(true);
  expect(text.endsWith('new\n<!-- report: end -->\nbelow\n')).toBe(true);
  expect(text).toContain('](plots/report.svg)');
  expect(text).not.toContain('old');
  writeFileSync(file, 'no marks');
  expect(() => withSection(file, 'new', 'report.svg')).toThrow('has no place for the report');
});

it('runs of different settings are not put into one table', () => {
  const mixed = join(out, 'mixed');
  mkdirSync(mixed);
  const { results } = readStudy(published);
  const [one, two] = results;
  const write = (name: string, value: unknown) => writeFileSync(join(mixed, name), JSON.stringify(value));
  write('balance-batch-8-seed-0.json', one);
  write('none-batch-8-seed-0.json', two);
  expect(readStudy(mixed).results).toHaveLength(2);
  write('none-batch-8-seed-0.json', { ...two, config: { ...two.config, epochs: two.config.epochs + 1 } });
  expect(() => readStudy(mixed)).toThrow('runs of different settings');
});
