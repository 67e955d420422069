// What runs in a worker thread: one exported function per kind of job. Results move to the main thread without
// a copy.
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type RenderJob, renderIcons } from './emoji/render-icons.ts';
import { type ImageJob, makeImages } from './image-job.ts';
import { type StatisticsJob, sumPixels } from './statistics-job.ts';
import { makeViews, type ViewJob } from './view-job.ts';

function moved<T>(value: T, ...arrays: ArrayBufferView[]): T {
  const buffers = arrays.map((array) => array.buffer as ArrayBuffer);
  const transferable = { [transferableSymbol]: buffers, [valueSymbol]: value };
  return move(transferable as unknown as Parameters<typeof move>[0]) as T;
}

export async function views(job: ViewJob) {
  const result = await makeViews(job);
  return moved(result, result.globals, result.locals);
}

export async function images(job: ImageJob) {
  const result = await makeImages(job);
  return moved(result, result.data);
}

export async function statistics(job: StatisticsJob) {
  return sumPixels(job);
}

export async function icons(job: RenderJob) {
  const result = await renderIcons(job);
  return moved(result, result.pixels);
}
