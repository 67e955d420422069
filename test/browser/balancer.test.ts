import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserPage, openPage } from './browser-page.ts';
import * as balancerSteps from './pages/balancer-steps.ts';

let page: BrowserPage<typeof balancerSteps>;
beforeAll(async () => {
  page = await openPage('balancer-steps');
});
afterAll(() => page?.close());

describe('the balancer in Chromium', () => {
  it('takes the very steps that it takes in Node', async () => {
    const inNode = await balancerSteps.runBalancer(4, 48, 16);
    const inBrowser = await page.call('runBalancer', 4, 48, 16);
    expect(inBrowser).toEqual(inNode);
  });

  it('balances: assignments differ from the raw ones, targets are distributions', async () => {
    const { assignments, rawAssignments, targets } = await page.call('runBalancer', 4, 48, 16);
    expect(assignments).not.toEqual(rawAssignments);
    const firstRow = targets[0].slice(0, 16);
    expect(firstRow.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });
});
