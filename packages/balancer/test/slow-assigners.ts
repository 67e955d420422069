/** The other assignments by loops over plain arrays, in double precision, as they are written down. */

type Rows = number[][];

export function slowSoftmax(row: number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

function columnTotal(q: Rows, k: number): number {
  let total = 0;
  for (const row of q) total += row[k];
  return total;
}

function scaled(row: number[], factor: number): number[] {
  return row.map((value) => value * factor);
}

function rowTotal(row: number[]): number {
  return row.reduce((a, b) => a + b);
}

/** Q = exp(z/ε) of sum 1; per round every cluster's total 1/K, then every row's 1/N; in the end rows of sum 1. */
export function slowSinkhorn(z: Rows, epsilon: number, rounds: number): Rows {
  const clusters = z[0].length;
  const largest = Math.max(...z.map((row) => Math.max(...row)));
  let q = z.map((row) => row.map((value) => Math.exp((value - largest) / epsilon)));
  const total = q.map(rowTotal).reduce((a, b) => a + b);
  q = q.map((row) => row.map((value) => value / total));
  for (let round = 0; round < rounds; round++) {
    const totals = z[0].map((_, k) => columnTotal(q, k));
    q = q.map((row) => row.map((value, k) => value / totals[k] / clusters));
    q = q.map((row) => scaled(row, 1 / (rowTotal(row) * z.length)));
  }
  return q.map((row) => row.map((value) => value * z.length));
}

/** Of one view: s = row sums of v^(−β/(1−β))·k and v = (column mean of k/s)^(1−β), as often as there are rounds. */
export function slowMira(z: Rows, temperature: number, beta: number, rounds: number): Rows {
  const k = z.map((row) => slowSoftmax(row.map((value) => value / (temperature * (1 - beta)))));
  const means = (u: Rows) => z[0].map((_, j) => (columnTotal(u, j) / z.length) ** (1 - beta));
  const weighted = (row: number[], v: number[]) =>
    row.map((value, j) => v[j] ** (-beta / (1 - beta)) * value);
  let v = means(k);
  for (let round = 0; round < rounds; round++) {
    const before = v;
    v = means(k.map((row) => scaled(row, 1 / rowTotal(weighted(row, before)))));
  }
  return k.map((row) => {
    const target = weighted(row, v);
    return scaled(target, 1 / rowTotal(target));
  });
}

/** softmax((z − c)/τ), and the centre after the rows. */
export function slowCentering(z: Rows, center: number[], temperature: number, momentum: number) {
  return {
    targets: z.map((row) => slowSoftmax(row.map((value, k) => (value - center[k]) / temperature))),
    center: center.map((value, k) => momentum * value + ((1 - momentum) * columnTotal(z, k)) / z.length),
  };
}
