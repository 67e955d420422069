import { resolve } from 'node:path';
import { type ImageSource, openFolder } from '@excb/data';
import { formatKnnReport, knn } from '@excb/eval';
import { startEngine } from '@excb/ops';
import { ConfigError, loadCheckpoint, loadTeacher } from '@excb/trainer';
import { Command } from 'commander';
import { evaluationFeatures, framingOf } from './evaluation-features.ts';
import { DEVICE_HELP, ENGINE_HELP, positiveNumber, wholeNumbers } from './option-values.ts';

interface KnnFlags {
  data: string;
  queries?: string;
  k?: number[];
  temperature: number;
  engine: string;
  device: string;
}

/** `excb knn`. */
export function knnCommand(): Command {
  return new Command('knn')
    .description("k-nearest-neighbour accuracy of a run's features, without training anything.")
    .argument('<run>', 'the --out folder of excb train')
    .requiredOption('--data <folder>', 'labelled images, one folder per class: the bank')
    .option(
      '--queries <folder>',
      'labelled images to classify; by default each image of the bank in turn, without itself',
    )
    .option('--k <list>', 'neighbours that vote, such as 10,20 (default: 10,20,100,200)', wholeNumbers)
    .option('--temperature <t>', 'votes weigh exp(similarity / t)', positiveNumber, 0.07)
    .option('--engine <name>', ENGINE_HELP, 'auto')
    .option('--device <name>', DEVICE_HELP, 'cpu')
    .addHelpText(
      'after',
      `
Labels are the names of the folders that the images are in:
  labelled/cat/1.jpg  labelled/cat/2.jpg  labelled/dog/1.jpg …

The protocol is printed with the figures: two figures by different protocols must not be compared.`,
    )
    .action(runKnn);
}

async function runKnn(folder: string, flags: KnnFlags): Promise<void> {
  const checkpoint = await loadCheckpoint(folder);
  const bankSource = await openLabelled(flags.data);
  // A folder that asks itself must not find each image as its own neighbour.
  const itself = resolve(flags.queries ?? flags.data) === resolve(flags.data);
  const querySource = itself ? bankSource : await openLabelled(flags.queries!, bankSource.classes);
  await startEngine(flags.engine, { device: flags.device });
  const teacher = loadTeacher(checkpoint);
  const { config, normalisation } = checkpoint;
  const features = (source: ImageSource) =>
    evaluationFeatures(teacher.backbone, source, config, normalisation, (message) =>
      console.warn(`warning: ${message}`),
    );
  const bank = await features(bankSource);
  const queries = itself ? bank : await features(querySource);
  const report = await knn({
    bank: [bank],
    queries,
    leaveOneOut: itself,
    classes: bankSource.classes.length,
    k: flags.k,
    temperature: flags.temperature,
    names: {
      features: `teacher backbone of ${folder}, epoch ${checkpoint.epoch}, ${framingOf(config).words}`,
      bank: flags.data,
      queries: flags.queries ?? flags.data,
    },
  });
  console.log(formatKnnReport(report));
  teacher.dispose();
}

async function openLabelled(folder: string, classes?: readonly string[]) {
  const source = await openFolder(folder);
  if (!source.classes) {
    throw new ConfigError(
      `${folder} has no labels: k-NN needs one folder per class, such as ${folder}/cat and ${folder}/dog`,
    );
  }
  if (classes && classes.join('\n') !== source.classes.join('\n')) {
    throw new ConfigError(
      `${folder} has the classes ${source.classes.join(', ')}, but the bank has ${classes.join(', ')}: use the same folders in both`,
    );
  }
  return Object.assign(source, { classes: source.classes });
}
