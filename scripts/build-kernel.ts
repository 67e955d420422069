import { writeFileSync } from 'node:fs';
import { generatedFiles } from './assign-kernel.ts';

// usage: npm run kernel, after every change of packages/tensor/assembly or of the threads' program
for (const { path, text } of await generatedFiles()) {
  writeFileSync(path, text);
  console.log(`${path}: ${text.length} characters`);
}
