import { readFileSync, writeFileSync } from 'node:fs';

/** Bytes that the kernel counts for this process: VmRSS now, VmHWM at the peak. `undefined` without /proc. */
function resident(field: 'VmRSS' | 'VmHWM'): number | undefined {
  try {
    const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
  } catch {
    return undefined;
  }
}

/** By how much the peak of `work` stands over what was in memory before it; `undefined` where nobody counts. */
export async function growthDuring(work: () => Promise<void>): Promise<number | undefined> {
  try {
    writeFileSync('/proc/self/clear_refs', '5'); // the peak starts anew
  } catch {
    return undefined;
  }
  const before = resident('VmRSS');
  await work();
  const peak = resident('VmHWM');
  return before === undefined || peak === undefined ? undefined : Math.max(0, peak - before);
}
