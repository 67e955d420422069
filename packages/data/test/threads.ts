/** Worker threads of this process that are alive, module loaders included. */
export function threads(): number {
  const report = process.report.getReport() as unknown as { workers: unknown[] };
  return report.workers.length;
}
