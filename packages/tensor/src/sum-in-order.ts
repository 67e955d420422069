/** How many entries are added one by one before the sums of such blocks are. */
export const SUM_BLOCK = 256;

/**
 * Σ values as `TensorBackend.sum` adds them up: in order and in float32, in blocks of 256 whose sums are added in
 * order too. Blocks keep long sums precise; the fixed order keeps the last bit equal everywhere.
 */
export function sumInOrder(values: ArrayLike<number>): number {
  let total = 0;
  for (let start = 0; start < values.length; start += SUM_BLOCK) {
    const end = Math.min(start + SUM_BLOCK, values.length);
    let block = 0;
    for (let i = start; i < end; i++) block = Math.fround(block + values[i]);
    total = Math.fround(total + block);
  }
  return total;
}
