import { type Options, SingleBar } from 'cli-progress';
import type { EpochRecord } from './train.ts';
import type { StepRecord } from './train-step.ts';

/** Shows a run on a terminal; on anything else a plain line now and then. */
export interface ProgressBar {
  onStep(record: StepRecord): void;
  onEpoch(record: EpochRecord): void;
  /** Prints a line without tearing the bar. */
  log(line: string): void;
  stop(): void;
}

/**
 * A bar with the epoch, the loss, images a second and the time left.
 *
 * @param totals steps and epochs of the run, and images a step
 */
export function createProgressBar(
  totals: { steps: number; epochs: number; images: number },
  stream: NodeJS.WriteStream = process.stderr,
): ProgressBar {
  const format =
    'epoch {epoch}/{epochs} [{bar}] {value}/{total} | loss {loss} | {speed} images/s | {left} left';
  const options: Options = {
    format,
    stream,
    hideCursor: true,
    linewrap: false,
    noTTYOutput: true,
    notTTYSchedule: 20_000,
  };
  const bar = new SingleBar(options);
  const recent: number[] = [];
  const stepSeconds = () =>
    recent.length > 1 ? (recent.at(-1)! - recent[0]) / (recent.length - 1) / 1000 : Number.NaN;
  bar.start(totals.steps, 0, { epoch: 1, epochs: totals.epochs, loss: '-', speed: '-', left: '-' });
  return {
    onStep(record) {
      recent.push(performance.now());
      if (recent.length > 50) recent.shift();
      const each = stepSeconds();
      const done = record.step + 1;
      bar.update(done, {
        epoch: record.epoch + 1,
        loss: record.loss.toFixed(3),
        speed: Number.isFinite(each) ? (totals.images / each).toFixed(0) : '-',
        left: Number.isFinite(each) ? duration((totals.steps - done) * each) : '-',
      });
    },
    onEpoch({ epoch, loss, health, seconds }) {
      this.log(
        `epoch ${epoch}/${totals.epochs}: loss ${loss.toFixed(4)}, effective clusters ${health.effectiveClusters.toFixed(1)} (raw ${health.effectiveClustersRaw.toFixed(1)}), empty ${health.empty}, ${health.verdict}, ${duration(seconds)}`,
      );
    },
    log(line) {
      if (stream.isTTY) {
        stream.clearLine(0);
        stream.cursorTo(0);
      }
      stream.write(`${line}\n`);
      if (stream.isTTY) bar.render();
    },
    stop() {
      bar.stop();
    },
  };
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
