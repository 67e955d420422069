import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from './code-blocks.ts';
import { documentationPages, readPage } from './documentation-pages.ts';
import { checkCommand, shellCommands } from './documented-command.ts';
import { root } from './workspace.ts';

// Commands in the documentation are not run (they install, train, publish), but what they name must exist.

const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const commands = [
  ...documentationPages().flatMap((page) => [...inBlocks(page), ...inSentences(page)]),
  ...workflows.flatMap(inWorkflow),
];

describe('documented commands', () => {
  it.each(commands)('%s, line %i: %s', (_, __, command) => checkCommand(command));

  it('are found in blocks, sentences and workflows', () => {
    expect(commands.map(([, , command]) => command)).toEqual(
      expect.arrayContaining(['excb doctor', 'npm run lockfile', 'npm run docs:api']),
    );
  });
});

describe('actions of workflows', () => {
  const used = workflows.flatMap((file) =>
    [...readPage(file).matchAll(/uses: (.+)$/gm)].map(([, action]) => action),
  );

  it.each([...new Set(used)])('%s is pinned to a commit, with its version', (action) => {
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('are there', () => expect(used).not.toEqual([]));
});

describe('checkCommand', () => {
  it.each([
    ['npm run no-such-script', 'no script no-such-script'],
    ['npm run example --seed 1', 'only what follows --'],
    ['npm run example -- --sede 1', "Unknown option '--sede'"],
    ['npm run release -- --dry', 'no option --dry'],
    ['npm start -w @excb/example-no-such', 'does not exist'],
    ['npm start -w @excb/example-jax-js -- --stesp 4', 'no option --stesp'],
    ['npm run excb -- trian ./photos', "unknown command 'trian'"],
    ['npx excb train ./photos --clustres 4', "unknown option '--clustres'"],
    ['excb train', "missing required argument 'images'"],
    ['npx no-such-program', 'no program of a package'],
    ['npx vitest run packages/no-such-package', 'does not exist'],
    ['npm install @excb/no-such-package', 'neither a package of this repository'],
    ['npm install @iconify-json/twemoji@9.9.9', 'is tested with'],
    ['bash .ci/no-such-script', 'does not exist'],
    ['rm -rf dist', 'no command that can be checked'],
    ['npm run example | tee log', 'cannot be checked'],
  ])('refuses %s', (command, message) => expect(() => checkCommand(command)).toThrow(message));

  it('reads blocks with comments, continued lines and several commands', () => {
    expect(shellCommands('npm ci && npm test  # all\n# nothing\n\nnpm install a \\\n  b\n')).toEqual([
      'npm ci',
      'npm test',
      'npm install a b',
    ]);
  });
});

function inBlocks(page: string) {
  return codeBlocks(readPage(page))
    .filter(({ language, info }) => language === 'sh' && !info.startsWith('no-run'))
    .flatMap(({ line, code }) => shellCommands(code).map((command) => [page, line, command] as const));
}

/** `npm run x` between backticks. `excb train` alone is the name of a command, not a way to call it. */
function inSentences(page: string) {
  const text = readPage(page);
  const quoted = [...text.matchAll(/(?<!`)`((?:npm|npx|excb|bash) [^`\n]+)`/g)];
  return quoted.map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return [page, line, match[1].replace(/^excb (\S+)$/, 'excb $1 --help')] as const;
  });
}

function inWorkflow(file: string) {
  const text = readPage(file);
  return [...text.matchAll(/^\s*(?:- )?(?:run: )?(npm (?:ci|test|run).*)$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return [file, line, match[1].replace(/ #.*$/, '')] as const;
  });
}
