import { describeEngines, startEngine } from '@excb/ops';
import { Command } from 'commander';

const yesOrNo = (available: boolean): string => (available ? 'yes' : 'no ');

/** `excb doctor`: what runs here, and why the rest does not. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say which engines and devices work on this machine, and what the others lack.')
    .action(async () => {
      console.log(`Node ${process.version} on ${process.platform} ${process.arch}\n`);
      for (const { name, available, reason, devices = [] } of await describeEngines()) {
        console.log(`${yesOrNo(available)}  ${name.padEnd(12)} ${reason}`);
        for (const { device, ...found } of devices) {
          const why = found.available ? '' : ` ${found.reason}`;
          console.log(`       ${yesOrNo(found.available)}  --device ${device.padEnd(6)}${why}`.trimEnd());
        }
      }
      const chosen = await startEngine('auto');
      console.log(`\n--engine auto takes ${chosen.name}: ${chosen.reason}`);
    });
}
