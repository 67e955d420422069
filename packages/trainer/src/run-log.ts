import { appendFileSync, writeFileSync } from 'node:fs';

/** One line of the log: what it is about, and its figures. */
export type LogLine = {
  kind: 'start' | 'centroids' | 'balancing' | 'step' | 'epoch' | 'warning' | 'end';
} & Record<string, unknown>;

/** A JSON line per step and epoch, in one file that is whole after every line. */
export interface RunLog {
  write(line: LogLine): void;
}

/** Starts an empty log. Lines are appended as they come, so that an ended process loses none. */
export function createRunLog(path: string): RunLog {
  writeFileSync(path, '');
  return {
    write(line) {
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    },
  };
}
