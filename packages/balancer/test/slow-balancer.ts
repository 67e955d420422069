const { fround } = Math;

/** What the slow reference finds for one batch. */
export interface SlowResult {
  lower: number[];
  higher: number[];
  balanced: number[][];
  targets: number[][];
  raw: number[];
  boosted: number[];
  assignments: number[];
}

function argMax(row: number[]): number {
  let best = 0;
  for (let k = 1; k < row.length; k++) if (row[k] > row[best]) best = k;
  return best;
}

function weight(x: number, draw: number): number {
  const deficit = fround(1 - x);
  const value = deficit > 0 ? fround(1 - deficit) : 1;
  return value === 0 ? fround(fround(draw) * fround(0.001)) : value;
}

/** Cluster balancing by loops over plain arrays, step by step as the method is written down, in float32. */
export function slowBalance(
  sizes: ArrayLike<number>,
  similarities: number[][],
  temperature: number,
  draw: (cluster: number) => number,
): SlowResult {
  const clusters = sizes.length;
  let total = 0;
  for (let k = 0; k < clusters; k++) total += sizes[k];
  const lower: number[] = [];
  const higher: number[] = [];
  for (let k = 0; k < clusters; k++) {
    const ratio = fround(fround(sizes[k] / fround(total)) * clusters);
    lower.push(weight(ratio, draw(k)));
    higher.push(weight(fround(1 / ratio), draw(k)));
  }
  const result: SlowResult = {
    lower,
    higher,
    balanced: [],
    targets: [],
    raw: [],
    boosted: [],
    assignments: [],
  };
  for (const row of similarities) {
    const moved: number[] = [];
    for (let k = 0; k < clusters; k++) {
      const distance = fround(1 - row[k]);
      const closer = fround(1 - fround(distance * lower[k]));
      moved.push(fround(fround(fround(closer + 1) * higher[k]) - 1));
    }
    const boosted = argMax(moved);
    moved[boosted] = fround(moved[boosted] * fround(1.01));
    const balanced: number[] = [];
    for (const value of moved) balanced.push(Math.min(1, Math.max(-1, value)));
    const powers: number[] = [];
    const largest = Math.max(...balanced);
    let sum = 0;
    for (const value of balanced) {
      powers.push(Math.exp((value - largest) / temperature));
      sum += powers[powers.length - 1];
    }
    result.raw.push(argMax(row));
    result.boosted.push(boosted);
    result.balanced.push(balanced);
    result.targets.push(powers.map((power) => fround(power / sum)));
    result.assignments.push(argMax(balanced));
  }
  return result;
}

/** The sizes after the batch. */
export function slowUpdate(sizes: ArrayLike<number>, assignments: number[], momentum: number): number[] {
  const next: number[] = [];
  for (let k = 0; k < sizes.length; k++) {
    let count = 0;
    for (const label of assignments) if (label === k) count++;
    next.push(fround(sizes[k] * momentum + (count / assignments.length) * (1 - momentum)));
  }
  return next;
}
