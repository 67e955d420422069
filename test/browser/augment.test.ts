import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserPage, openPage } from './browser-page.ts';
import * as viewsPage from './pages/views.ts';

let page: BrowserPage<typeof viewsPage>;
beforeAll(async () => {
  page = await openPage('views');
});
afterAll(() => page?.close());

describe('augment in Chromium', () => {
  it.each(['paper', 'released'] as const)(
    'makes the views that it makes in Node, byte for byte: %s',
    async (preset) => {
      const samples = Array.from({ length: 12 }, (_, sample) => sample);
      for (const sample of samples) {
        const inNode = viewsPage.views(preset, sample);
        expect(inNode.globals).toHaveLength(2);
        expect(inNode.locals).toHaveLength(6);
        expect(inNode.globals[0].split(' ')).toHaveLength(48 * 48 * 3);
        expect(await page.call('views', preset, sample)).toEqual(inNode);
      }
    },
  );
});
