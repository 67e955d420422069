import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PackedProject } from '../packed-project.ts';
import { buildVitePage } from '../vite-page.ts';
import { root } from '../workspace.ts';
import { launchChromium } from './browser-page.ts';

const run = promisify(execFile);
const program = 'test/programs/balance.ts';
let project: PackedProject;
let server: PreviewServer;

beforeAll(async () => {
  const turbo = ['turbo', 'run', 'build', '--filter=@excb/balancer'];
  await run('npx', turbo, { cwd: root, env: { ...process.env, TURBO_FORCE: 'false' } });
  project = await PackedProject.make();
  await buildVitePage(project, readFileSync(join(root, program), 'utf8'));
  server = await preview({
    root: project.folder,
    configFile: false,
    logLevel: 'warn',
    preview: { host: '127.0.0.1', port: 0 },
  });
}, 300_000);

afterAll(async () => {
  await server?.close();
  project?.remove();
});

it('a page that Vite builds from the packed packages computes in Chromium what the sources do in Node', async () => {
  const sources = ['--import', 'tsx', '--conditions=@excb/source', program];
  const expected = (await run(process.execPath, sources, { cwd: root })).stdout.trim();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('console', (message) => said.push(message.text()));
    const [line] = await Promise.all([
      page.waitForEvent('console'),
      page.goto(server.resolvedUrls!.local[0]),
    ]);
    expect(line.text()).toBe(expected);
    expect(said.filter((text) => text !== expected)).toEqual([]);
  } finally {
    await browser.close();
  }
});
