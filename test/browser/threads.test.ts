import { describe, expect, it, onTestFinished } from 'vitest';
import { openPage } from './browser-page.ts';
import type * as threads from './pages/threads.ts';

async function open(options: { isolated: boolean }) {
  const page = await openPage<typeof threads>('threads', options);
  onTestFinished(page.close);
  return page;
}

describe('threads in Chromium', () => {
  it('share the rows with a page that is cross-origin isolated, of kernel arrays and others', async () => {
    const page = await open({ isolated: true });
    expect(await page.call('complaint')).toBe('');
    for (const direct of [false, true]) {
      const { done, different } = await page.call('assignTogether', 256, 4096, direct);
      expect(done).toBeGreaterThan(0);
      expect(different).toBe(0);
    }
  });

  it('are refused on any other page, with what to do', async () => {
    const page = await open({ isolated: false });
    expect(await page.call('complaint')).toMatch(
      /^ThreadError: there is no SharedArrayBuffer here, .*Cross-Origin-Opener-Policy: same-origin/,
    );
  });
});
