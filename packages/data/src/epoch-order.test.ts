import { expect, test } from 'vitest';
import { epochOrder, replacements } from './epoch-order.ts';

test('an order is a permutation, a function of seed and epoch', () => {
  const order = epochOrder(100, 7, 3);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(epochOrder(100, 7, 3)).toEqual(order);
  expect(epochOrder(100, 7, 4)).not.toEqual(order);
  expect(epochOrder(100, 8, 3)).not.toEqual(order);
});

test('every image comes to every place equally often', () => {
  // 6000 epochs of 6 images: a count is binomial with mean 1000 and deviation 28.9; 5 deviations either way.
  const counts = Array.from({ length: 6 }, () => new Array(6).fill(0));
  for (let epoch = 0; epoch < 6000; epoch++) {
    epochOrder(6, 1, epoch).forEach((image, place) => {
      counts[image][place]++;
    });
  }
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(145);
});

test('replacements are a function of seed, epoch and index, spread over all images', () => {
  const draw = (seed: number, epoch: number, index: number) =>
    Array.from(
      { length: 2000 },
      (
        (stream) => () =>
          stream.next().value
      )(replacements(4, seed, epoch, index)),
    );
  const drawn = draw(1, 2, 3);
  expect(draw(1, 2, 3)).toEqual(drawn);
  for (const other of [draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]) expect(other).not.toEqual(drawn);
  // Binomial with mean 500 and deviation 19.4; 5 deviations.
  for (const image of [0, 1, 2, 3]) {
    expect(Math.abs(drawn.filter((other) => other === image).length - 500)).toBeLessThan(97);
  }
});
