import { expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

it('finds the name spelt most alike, letter case aside', () => {
  const names = ['globalCrops', 'localCrops', 'globalSize', 'blur'];
  expect(nearestName('globalCrop', names)).toBe('globalCrops');
  expect(nearestName('LOCALCROPS', names)).toBe('localCrops');
  expect(nearestName('blurr', names)).toBe('blur');
  expect(nearestName('', names)).toBe('blur');
});
