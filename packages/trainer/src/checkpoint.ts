import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Normalisation } from '@excb/augment';
import { loadStateDict, readSafetensors, type StateDict, stateDict, writeSafetensors } from '@excb/backbones';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from './build-run.ts';
import { checkTrainConfig, type TrainConfig } from './config.ts';
import { CheckpointError } from './errors.ts';
import type { Network } from './network.ts';
import type { TrainingRun } from './train.ts';

/** File names of a run's folder. */
const WEIGHTS = 'checkpoint.safetensors';
const DESCRIPTION = 'checkpoint.json';

/** The files of a checkpoint. */
export const checkpointFiles: readonly string[] = [WEIGHTS, DESCRIPTION];

/** What a checkpoint says of itself; the safetensors metadata and `checkpoint.json` hold the same. */
export interface CheckpointDescription {
  format: 'excb-checkpoint';
  version: 1;
  /** Epochs completed. */
  epoch: number;
  /** Training steps made. */
  step: number;
  /** Optimiser steps made (Adam's bias correction counts them). */
  optimiserSteps: number;
  /** The assigner's numbers; its arrays are tensors. */
  assigner: { name: string; values: Record<string, number> };
  config: TrainConfig;
  /** Normalisation of the images, as used. */
  normalisation: Normalisation;
}

/** A checkpoint read back. */
export interface Checkpoint extends CheckpointDescription {
  /** `student.…`, `teacher.…` under PyTorch's names, `optimiser.…`, `assigner.…`, `queue.…`. */
  tensors: StateDict;
}

/**
 * Writes `checkpoint.safetensors` and `checkpoint.json` into the folder. The weights are written to a temporary
 * file and renamed, and carry the description themselves: whatever happens, the folder holds the old checkpoint
 * or the new one, whole.
 */
export async function saveCheckpoint(
  folder: string,
  run: TrainingRun,
  config: TrainConfig,
  normalisation: Normalisation,
): Promise<void> {
  const assigner = await run.assigner.state();
  const description: CheckpointDescription = {
    format: 'excb-checkpoint',
    version: 1,
    epoch: run.epoch,
    step: run.step,
    optimiserSteps: run.optimiser.count,
    assigner: { name: assigner.assigner, values: assigner.values },
    config,
    normalisation,
  };
  const tensors: StateDict = new Map();
  for (const role of ['student', 'teacher'] as const) {
    for (const [name, value] of await networkState(run[role])) tensors.set(`${role}.${name}`, value);
  }
  for (const [name, variable] of run.optimiser.slots)
    tensors.set(`optimiser.${name}`, await hostValue(variable));
  if (run.queue && run.queue.filled > 0) {
    // Filled rows only: they come first.
    const { filled, embeddings } = run.queue;
    const newest = tf.slice(embeddings, 0, filled);
    tensors.set('queue.embeddings', await hostValue(newest));
    newest.dispose();
  }
  for (const [name, data] of Object.entries(assigner.arrays)) {
    tensors.set(`assigner.${name}`, { dtype: 'float32', shape: [data.length], data });
  }
  const bytes = writeSafetensors(tensors, { excb: JSON.stringify(description) });
  await mkdir(folder, { recursive: true });
  await replaceFile(join(folder, WEIGHTS), bytes);
  await replaceFile(join(folder, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`);
}

/** Writes a file so that its name always holds a whole one: a temporary file beside it, then a rename. */
export async function replaceFile(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

/**
 * Reads a run's checkpoint.
 *
 * @throws CheckpointError when there is none, or it is not one of ours
 */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const path = join(folder, WEIGHTS);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new CheckpointError(
      `there is no checkpoint at ${path} (${(error as Error).message}): pass the --out folder of a training run`,
    );
  }
  const { tensors, metadata } = readSafetensors(bytes);
  if (!metadata?.excb) {
    throw new CheckpointError(
      `${path} holds safetensors, but not a checkpoint of this program: its metadata has no entry 'excb'`,
    );
  }
  const description = JSON.parse(metadata.excb) as CheckpointDescription;
  if (description.format !== 'excb-checkpoint' || description.version !== 1) {
    throw new CheckpointError(
      `${path} is a ${description.format} of version ${description.version}, but this program reads excb-checkpoint version 1: use the release that wrote it`,
    );
  }
  return { ...description, config: checkTrainConfig(description.config), tensors };
}

/** The teacher of a checkpoint: the network whose features are used. */
export function loadTeacher(checkpoint: Checkpoint): Network {
  const teacher = buildNetwork(checkpoint.config, 'teacher');
  try {
    loadStateDict(teacher.backbone, checkpoint.tensors, { prefix: 'teacher.backbone.' });
    loadStateDict(teacher.head, checkpoint.tensors, { prefix: 'teacher.classifier.' });
  } catch (error) {
    teacher.dispose();
    throw error;
  }
  return teacher;
}

/** A network's state under checkpoint names. */
async function networkState(network: Network): Promise<StateDict> {
  return new Map([
    ...(await stateDict(network.backbone, 'backbone.')),
    ...(await stateDict(network.head, 'classifier.')),
  ]);
}

async function hostValue(variable: tf.Tensor) {
  return { dtype: 'float32' as const, shape: variable.shape, data: (await variable.data()) as Float32Array };
}
