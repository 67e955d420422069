/**
 * `npm run docs:api` writes the API reference, with the READMEs and the pages of `docs/`, to `api/`; `-- --check` writes
 * nothing. Every warning is an error: an export without a doc comment, a link to nothing, a wrong `@param`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Application, type DocumentReflection, type ProjectReflection } from 'typedoc';
import { publishedPackages, root, sourceEntries } from '../test/workspace.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const packages = publishedPackages();
const entries = packages.flatMap((item) =>
  sourceEntries(item).map(({ subPath, file }) => ({
    importName: item.manifest.name + subPath.slice(1),
    file,
  })),
);

const application = await Application.bootstrap({
  name: 'ExCB for JavaScript',
  tsconfig: join(root, 'tsconfig.json'),
  entryPoints: entries.map(({ file }) => file),
  readme: join(root, 'README.md'),
  projectDocuments: [
    ...readdirSync(join(root, 'docs')).map((name) => join(root, 'docs', name)),
    ...packages.map(({ path }) => join(path, 'README.md')),
  ],
  out: join(root, 'api'),
  disableSources: true,
  treatWarningsAsErrors: true,
  skipErrorChecking: true, // `check:types` does that
  validation: { invalidLink: true, invalidPath: true, notExported: true },
});
const { logger } = application;
const project = await application.convert();
if (project) {
  nameModules(project);
  project.documents?.forEach(takeTitle);
  application.validate(project);
  warnOfBareExports(project);
  if (!values.check) await application.generateOutputs(project);
}
process.exitCode = !project || logger.hasErrors() || logger.hasWarnings() ? 1 : 0;

/** By what users import; TypeDoc names modules by their files. */
function nameModules(project: ProjectReflection): void {
  for (const { importName, file } of entries) {
    const typedocName = relative(join(root, 'packages'), file).replace(/(\/index)?\.ts$/, '');
    const module = project.children?.find(({ name }) => name === typedocName);
    if (!module) throw new Error(`TypeDoc has no module ${typedocName} for ${importName}`);
    module.name = importName;
  }
}

/** The heading of a page becomes its title; TypeDoc takes the name of the file, and would print the heading again. */
function takeTitle(page: DocumentReflection): void {
  const heading = /^# (.+)$/m.exec(readFileSync(join(root, `${page.name}.md`), 'utf8'));
  if (!heading) throw new Error(`${page.name}.md has no heading`);
  page.name = heading[1];
  const [first] = page.content;
  if (first) first.text = first.text.replace(/^# .+\n/m, '');
}

/** TypeDoc's own check asks for comments on members too, also where name and type say all there is to say. */
function warnOfBareExports(project: ProjectReflection): void {
  for (const module of project.children ?? []) {
    for (const item of module.children ?? []) {
      const documented = item.hasComment() || item.signatures?.every((signature) => signature.hasComment());
      const elsewhere = item.isReference(); // an export of another module once more
      if (!documented && !elsewhere) logger.warn(`${item.name} of ${module.name} has no doc comment`);
    }
  }
}
