import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserPage, openPage } from './browser-page.ts';
import * as conformance from './pages/conformance.ts';

let page: BrowserPage<typeof conformance>;
beforeAll(async () => {
  page = await openPage('conformance');
});
afterAll(() => page?.close());

describe.each(['host', 'tfjs-cpu'] as const)('tensor conformance in Chromium: %s', (suite) => {
  const names = conformance.testNames(suite);

  it('has the tests that it has in Node', async () => {
    expect(names.length).toBeGreaterThan(10);
    expect(await page.call('testNames', suite)).toEqual(names);
  });

  it.each(names)('%s', async (name) => {
    expect(await page.call('runTest', suite, name)).toBeUndefined();
  });
});
