import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawSheet } from './draw-sheet.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.png': 'image/png',
};

/** Packs the packages as npm would publish them, installs them into an empty folder, and serves that and the page. */
export async function serve(port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'excb-page-'));
  const packages = ['@excb/tensor', '@excb/balancer'].flatMap((name) => ['-w', name]);
  execFileSync('npm', ['pack', '--silent', ...packages, '--pack-destination', folder], { cwd: root });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  execFileSync('npm', ['install', '--silent', '--offline', '--no-audit', ...tarballs], { cwd: folder });
  const sheet = await drawSheet();

  async function find(path: string): Promise<Buffer> {
    if (path === '/emoji.png') return sheet;
    if (path.startsWith('/npm/')) return readFile(join(folder, 'node_modules', path.slice('/npm/'.length)));
    return readFile(fileURLToPath(new URL(`.${path === '/' ? '/index.html' : path}`, import.meta.url)));
  }
  const server = createServer((request, response) => {
    const path = normalize(decodeURI(new URL(request.url ?? '/', 'http://localhost').pathname));
    find(path).then(
      (body) => {
        response.setHeader('content-type', types[extname(path) || '.html'] ?? 'application/octet-stream');
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
