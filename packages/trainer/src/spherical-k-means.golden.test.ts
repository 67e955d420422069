import { expectTensor, type Golden, golden, tolerance } from '@excb/golden';
import { hostBackend } from '@excb/tensor';
import { tfjsBackend } from '@excb/tensor/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusterMeans, sphericalKMeans } from './spherical-k-means.ts';

const file = golden('kmeans');
const tol = tolerance('kmeans', file.tol.abs);
const features = Float32Array.from(file.features.data);
const studentFeatures = Float32Array.from(file.student_features.data);

const backends = { host: () => hostBackend(), 'tfjs-cpu': () => tfjsBackend(tf) };

describe.each(Object.keys(backends) as (keyof typeof backends)[])('spherical k-means on %s', (name) => {
  const backend = backends[name]() as ReturnType<typeof hostBackend>;

  describe.each(file.cases as Golden[])('seed $seed', (c) => {
    it.each(Object.keys(c.by_iterations))('%s iterations', async (iterations) => {
      const expected = c.by_iterations[iterations];
      const size = file.D;
      expect([features.length / size, expected.selection.length]).toEqual([file.N, file.K]);
      const found = await sphericalKMeans({
        features,
        size,
        clusters: file.K,
        iterations: Number(iterations),
        restarts: 0,
        select: () => expected.selection,
        backend,
      });
      expect(found.restarts).toBe(expected.repeats);
      expect([...found.assignments]).toEqual(expected.assignments.data);
      expect(expected.same_assignments_in_float64).toBe(true);
      expectTensor(found.centroids, expected.centroids, tol, 'centroids');
      expect(expected.centroid_noise).toBeLessThanOrEqual(tol);
      const means = clusterMeans(studentFeatures, size, found.assignments, found.centroids);
      expectTensor(means, expected.student_centroids, tol, 'student centroids');
      expectTensor([found.inertia], { data: [expected.inertia_cos] }, tol, 'inertia');
    });
  });

  it('starts over while a cluster is empty', async () => {
    const c = file.restart;
    const size = c.features.shape[1];
    const asked: number[] = [];
    const found = await sphericalKMeans({
      features: Float32Array.from(c.features.data),
      size,
      clusters: c.K,
      iterations: c.iterations,
      restarts: 10,
      select: (attempt) => {
        asked.push(attempt);
        return c.selections[attempt];
      },
      backend,
    });
    expect(asked).toHaveLength(c.selections.length);
    expect(found.restarts).toBe(c.selections.length - 1);
    expect([...found.assignments]).toEqual(c.assignments.data);
    expectTensor(found.centroids, c.centroids, tol, 'centroids');
  });
});
