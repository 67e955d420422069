import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../examples/browser-histogram/src/serve.ts';
import { root } from '../workspace.ts';
import { launchChromium } from './browser-page.ts';

let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let page: Page;
const problems: string[] = [];
const scripts: string[] = [];

beforeAll(async () => {
  const turbo = ['turbo', 'run', 'build', '--filter=@excb/balancer'];
  await promisify(execFile)('npx', turbo, { cwd: root, env: { ...process.env, TURBO_FORCE: 'false' } });
  server = await serve();
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('response', (response) => {
    const { pathname, host } = new URL(response.url());
    if (!response.ok()) problems.push(`${response.status()} ${response.url()}`);
    if (pathname.endsWith('.js')) scripts.push(`${host === new URL(server.url).host ? '' : host}${pathname}`);
  });
  await page.goto(server.url);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const use = async (id: string) =>
  Number(/^(\S+) of 32 clusters in use/.exec((await page.textContent(`#${id} span`)) ?? '')?.[1]);

/** Until so many emoji have come, but fewer than `limit`. */
async function waitFor(emoji: number, limit = Number.POSITIVE_INFINITY): Promise<void> {
  const seen = "Number(document.getElementById('seen').value.replace(/\\D/g, ''))";
  await page.waitForFunction(`${seen} >= ${emoji} && ${seen} < ${limit}`, undefined, { timeout: 120_000 });
}

describe('the example page with the live histogram', () => {
  it('imports the packages as they are packed, and nothing but its own files besides', async () => {
    await waitFor(1);
    expect(scripts.filter((path) => path.startsWith('/npm/@excb/'))).toEqual(
      expect.arrayContaining(['/npm/@excb/balancer/dist/index.js', '/npm/@excb/tensor/dist/index.js']),
    );
    expect(scripts.filter((path) => !path.startsWith('/npm/@excb/')).sort()).toEqual([
      '/draw-histogram.js',
      '/embed.js',
      '/page.js',
    ]);
  });

  it('shows clusters that stay in use, beside some that do not', async () => {
    await waitFor(6000);
    const [balanced, nearest] = [await use('balanced'), await use('nearest')];
    expect(balanced).toBeGreaterThan(28);
    expect(nearest).toBeLessThan(balanced - 2);
    if (process.env.EXCB_SCREENSHOT) await page.screenshot({ path: process.env.EXCB_SCREENSHOT });
  });

  it('draws a bar for each cluster in use', async () => {
    const bars = await page.evaluate<number>(`
      const canvas = document.querySelector('#balanced canvas');
      const pitch = canvas.width / 32;
      const justAboveTheFloor = canvas.height - Math.ceil(pitch) - 2;
      const alpha = (x) => canvas.getContext('2d').getImageData(x, justAboveTheFloor, 1, 1).data[3];
      Array.from({ length: 32 }, (_, k) => alpha(Math.round((k + 0.5) * pitch))).filter((a) => a > 0).length;
    `);
    expect(bars).toBeGreaterThan(28);
  });

  it('starts again, with single emoji as batches too', async () => {
    await page.selectOption('#batch', '1');
    // The page shows the old number until its next frame: only a small one says that it has begun again.
    await waitFor(100, 6000);
    expect(await use('balanced')).toBeGreaterThan(0);
  });

  it('met with no error', () => expect(problems).toEqual([]));
});
