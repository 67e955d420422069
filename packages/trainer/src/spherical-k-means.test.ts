import { hostBackend } from '@excb/tensor';
import { expect, it } from 'vitest';
import { EmptyClustersError, TooFewSamplesError } from './errors.ts';
import { sphericalKMeans } from './spherical-k-means.ts';

const options = { size: 2, iterations: 3, restarts: 2, backend: hostBackend() };

it('more clusters than samples is an error with both numbers', async () => {
  const features = Float32Array.of(1, 0, 0, 1);
  const tried = sphericalKMeans({ ...options, features, clusters: 3, select: () => [0, 1, 1] });
  await expect(tried).rejects.toThrow(TooFewSamplesError);
  await expect(tried).rejects.toThrow(/2 samples, but 3 clusters/);
});

it('clusters that stay empty end in an error that says how many fit', async () => {
  const features = Float32Array.of(1, 0, 1, 0, 1, 0);
  const tries: number[] = [];
  const tried = sphericalKMeans({
    ...options,
    features,
    clusters: 2,
    select: (attempt) => {
      tries.push(attempt);
      return [0, 1];
    },
  });
  await expect(tried).rejects.toThrow(EmptyClustersError);
  await expect(tried).rejects.toThrow(/1 of 2 clusters empty/);
  expect(tries).toEqual([0, 1, 2]);
});

it('one cluster is the mean direction', async () => {
  const features = Float32Array.of(1, 0, 0, 1);
  const { centroids, assignments } = await sphericalKMeans({
    ...options,
    features,
    clusters: 1,
    select: () => [1],
  });
  expect([...assignments]).toEqual([0, 0]);
  expect(centroids[0]).toBeCloseTo(Math.SQRT1_2, 6);
  expect(centroids[1]).toBeCloseTo(Math.SQRT1_2, 6);
});
