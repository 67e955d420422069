import { transformSync } from 'esbuild';

/** A TypeScript program as an ES module for Node. */
export function asJavaScript(code: string): string {
  return transformSync(code, { loader: 'ts', format: 'esm', target: 'node20' }).code;
}

/** CommonJS has no `await` outside functions: the imports become `require`, the rest runs inside a function. */
export function asCommonJs(code: string): string {
  const imports = /^import\s*\{([^}]*)\}\s*from\s*["']([^"']+)["'];?$/gm;
  const required = [...code.matchAll(imports)].map(
    ([, names, from]) => `const {${names.replace(/\bas\b/g, ':')}} = require('${from}');`,
  );
  const body = code.replace(imports, '');
  if (/^import\b/m.test(body)) throw new Error(`the README example has an import of another form:\n${body}`);
  return `${required.join('\n')}\n(async () => {\n${body}\n})();\n`;
}
