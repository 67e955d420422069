import { readFileSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { writeWhole } from './results.ts';

const BEGIN = '<!-- report: begin -->';
const END = '<!-- report: end -->';

/** The text of a file with the report and its plot between the two marks, in place of what was there. */
export function withSection(file: string, report: string, plot: string): string {
  const text = readFileSync(file, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`${file} has no place for the report: put the lines ${BEGIN} and ${END} into it`);
  }
  const link = relative(dirname(file), plot).split(sep).join('/');
  const section = `${BEGIN}\n\n![The figures below, against the batch](${link})\n\n${report}\n`;
  return text.slice(0, begin) + section + text.slice(end);
}

export function writeSection(file: string, report: string, plot: string): void {
  writeWhole(file, withSection(file, report, plot));
}
