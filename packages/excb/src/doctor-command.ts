import { describeEngines, startEngine } from '@excb/ops';
import { Command } from 'commander';

/** `excb doctor`: what runs here, and why the rest does not. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say which engines run on this machine, and what the others lack.')
    .action(async () => {
      console.log(`Node ${process.version} on ${process.platform} ${process.arch}\n`);
      for (const { name, available, reason } of await describeEngines()) {
        console.log(`${available ? 'yes' : 'no '}  ${name.padEnd(12)} ${reason}`);
      }
      const chosen = await startEngine('auto');
      console.log(`\n--engine auto takes ${chosen.name}: ${chosen.reason}`);
    });
}
