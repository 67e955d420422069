import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the command line of the example sets. */
export interface ExampleOptions {
  engine: string;
  device: string;
  epochs: number;
  balance: boolean;
  seed: number;
  /** Absolute: relative to where npm was called, not to this package. */
  out: string;
  /** Learn from this many images only. */
  images: number | undefined;
}

const HELP = `npm run example -- [options]
  --engine <name>  what computes (default auto)
  --device <name>  where: cpu, webgpu or cuda (default cpu)
  --epochs <n>     passes over the images (default 16)
  --seed <n>       everything random follows from it (default 0)
  --out <folder>   log, checkpoint, summary.json, clusters.png (default runs/example)
  --images <n>     learn from the first n images only, for a quick look
  --no-balance     leave the assignments as they are: watch them collapse`;

/** Reads the options; a mistake prints the help and ends the process. */
export function readOptions(argv: string[]): ExampleOptions {
  try {
    const { values } = parseArgs({
      args: argv.slice(2),
      allowNegative: true,
      options: {
        engine: { type: 'string', default: 'auto' },
        device: { type: 'string', default: 'cpu' },
        epochs: { type: 'string', default: '16' },
        seed: { type: 'string', default: '0' },
        out: { type: 'string', default: 'runs/example' },
        images: { type: 'string' },
        balance: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    return {
      engine: values.engine,
      device: values.device,
      epochs: wholeNumber('--epochs', values.epochs, 1),
      seed: wholeNumber('--seed', values.seed, 0),
      out: resolve(process.env.INIT_CWD ?? '.', values.out),
      images: values.images === undefined ? undefined : wholeNumber('--images', values.images, 64),
      balance: values.balance,
    };
  } catch (error) {
    console.error(`error: ${(error as Error).message}\n\n${HELP}`);
    process.exit(1);
  }
}

function wholeNumber(name: string, text: string, lowest: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < lowest) {
    throw new Error(`${name} is '${text}': expected a whole number of at least ${lowest}`);
  }
  return value;
}
