import { expect, it } from 'vitest';
import { firstInstalled } from './first-installed.ts';

it('takes the first package that is there', async () => {
  const levenshtein = await import('fastest-levenshtein');
  expect(await firstInstalled(['@excb/no-such-package', 'fastest-levenshtein'])).toBe(levenshtein);
});

it('says that none is, and what to do', async () => {
  const names = ['@excb/no-such-package', '@excb/nor-this'];
  await expect(firstInstalled(names)).rejects.toThrow(
    /^@excb\/no-such-package or @excb\/nor-this is not installed$/,
  );
  await expect(firstInstalled(names.slice(1), 'install it')).rejects.toThrow(
    /^@excb\/nor-this is not installed; install it$/,
  );
});

it('lets an error from inside the package through', async () => {
  const broken = 'data:text/javascript,throw new Error("broken inside")';
  await expect(firstInstalled([broken, 'fastest-levenshtein'])).rejects.toThrow('broken inside');
});
