import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';

/** Functions of a page module that take and give plain JSON values. */
type PageModule = Record<string, (...args: never[]) => unknown>;

export interface BrowserPage<M extends PageModule> {
  /** Runs an exported function of the page module in the browser and hands back what it returns. */
  call<N extends keyof M & string>(name: N, ...args: Parameters<M[N]>): Promise<Awaited<ReturnType<M[N]>>>;
  close(): Promise<void>;
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium without a window: the program named by the environment variable CHROMIUM, or /usr/bin/chromium. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install it, or set CHROMIUM to the path of yours`);
  }
  return chromium.launch({ executablePath, args: flags });
}

/** With these a page may share memory with threads. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Bundles `pages/<name>.ts` for browsers, serves it on 127.0.0.1 and opens it in Chromium, cross-origin `isolated` or not. */
export async function openPage<M extends PageModule>(
  name: string,
  { isolated = false } = {},
): Promise<BrowserPage<M>> {
  const script = await bundle(fileURLToPath(new URL(`./pages/${name}.ts`, import.meta.url)));
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    if (isolated) response.setHeaders(new Map(Object.entries(isolation)));
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isScript ? script : '<!doctype html><title>ExCB</title><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchChromium();
  const close = async () => {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    if (errors.length > 0) throw new Error(`the page ${name} failed to load:\n${errors.join('\n')}`);
    return {
      close,
      call: (fn, ...args) =>
        page.evaluate(
          ([fn, args]) =>
            (globalThis as unknown as { page: Record<string, (...args: unknown[]) => never> }).page[fn](
              ...args,
            ),
          [fn, args] as const,
        ),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'page',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@excb/source'],
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  return result.outputFiles[0].text;
}
