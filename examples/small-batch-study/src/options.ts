import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type AssignerName, assignerNames } from '@excb/balancer';

/** What the command line of the study sets. */
export interface StudyOptions {
  assigners: AssignerName[];
  batches: number[];
  seeds: number[];
  /** Passes over the images: the same number of images is seen at every batch. */
  epochs: number;
  /** Learn from this many images only. */
  images: number;
  engine: string;
  /** Folder with a file a run. Absolute: relative to where npm was called, not to this package. */
  out: string;
  /** Time the steps instead, by turns in this many rounds. */
  time: number;
  /** Only write the report. */
  report: boolean;
  /** File with marks to put the report between, if any. Absolute. */
  readme: string | undefined;
  /** How the report calls this machine. */
  machine: string | undefined;
}

const HELP = `npm run study:small-batch -- [options]
  --quick             minutes: batches 8, 32 and 512, one seed, one pass over 2048 images, into runs/study-quick
  --assigners <list>  of ${assignerNames.join(',')} (default all)
  --batches <list>    default 8,16,32,128,512
  --seeds <n>         seeds 0 to n - 1 (default 2)
  --epochs <n>        passes over the images (default 3)
  --images <n>        learn from the first n images only
  --engine <name>     what computes (default auto)
  --out <folder>      a file a run, the report and the plot (default runs/study)
  --time <rounds>     time the steps of every assignment and batch, by turns: on an idle machine
  --report            write the report of the runs that are there, and run nothing
  --readme <file>     put the report between the marks of this file too
  --machine <text>    how the report calls this machine
Runs that the folder holds with the same settings are not repeated: Ctrl-C, and start again, as often as you like.`;

/** Reads the options; a mistake prints the help and ends the process. */
export function readOptions(argv: string[]): StudyOptions {
  try {
    const { values } = parseArgs({
      args: argv.slice(2),
      options: {
        quick: { type: 'boolean', default: false },
        assigners: { type: 'string', default: assignerNames.join(',') },
        batches: { type: 'string' },
        seeds: { type: 'string' },
        epochs: { type: 'string' },
        images: { type: 'string' },
        engine: { type: 'string', default: 'auto' },
        out: { type: 'string' },
        time: { type: 'string', default: '0' },
        report: { type: 'boolean', default: false },
        readme: { type: 'string' },
        machine: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const { quick } = values;
    const assigners = values.assigners.split(',') as AssignerName[];
    const unknown = assigners.find((name) => !assignerNames.includes(name));
    if (unknown !== undefined)
      throw new Error(`there is no assigner '${unknown}': choose of ${assignerNames.join(', ')}`);
    const batches = values.batches ?? (quick ? '8,32,512' : '8,16,32,128,512');
    return {
      assigners,
      batches: batches.split(',').map((text) => wholeNumber('--batches', text, 2)),
      seeds: Array.from(
        { length: wholeNumber('--seeds', values.seeds ?? (quick ? '1' : '2'), 1) },
        (_, i) => i,
      ),
      epochs: wholeNumber('--epochs', values.epochs ?? (quick ? '1' : '3'), 1),
      images:
        values.images || quick
          ? wholeNumber('--images', values.images ?? '2048', 64)
          : Number.POSITIVE_INFINITY,
      engine: values.engine,
      out: absolute(values.out ?? (quick ? 'runs/study-quick' : 'runs/study')),
      time: wholeNumber('--time', values.time, 0),
      report: values.report,
      readme: values.readme === undefined ? undefined : absolute(values.readme),
      machine: values.machine,
    };
  } catch (error) {
    console.error(`error: ${(error as Error).message}\n\n${HELP}`);
    process.exit(1);
  }
}

const absolute = (path: string) => resolve(process.env.INIT_CWD ?? '.', path);

function wholeNumber(name: string, text: string, lowest: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < lowest) {
    throw new Error(`${name} is '${text}': expected a whole number of at least ${lowest}`);
  }
  return value;
}
