import { Command } from 'commander';
import { doctorCommand } from './doctor-command.ts';
import { knnCommand } from './knn-command.ts';
import { trainCommand } from './train-command.ts';

/** The `excb` command line. Usage errors throw after their message was printed. */
export function createProgram(): Command {
  const program = new Command('excb');
  program
    .description(
      'Learn visual features from images without labels, by explicit cluster balancing (arXiv 2407.11168).',
    )
    .showHelpAfterError('(excb --help lists the commands, excb <command> --help their options)')
    .exitOverride()
    .addHelpText(
      'after',
      `
A first session:
  excb doctor                            which engines run on this machine
  excb train ./photos --out runs/photos  train on every image below ./photos
  excb knn runs/photos --data ./labelled how well its features tell your classes apart`,
    );
  for (const command of [trainCommand(), knnCommand(), doctorCommand()]) {
    program.addCommand(command.exitOverride().showHelpAfterError());
  }
  return program;
}
