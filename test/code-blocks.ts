export interface CodeBlock {
  language: string;
  /** What stands behind the language, such as `no-run: needs a GPU`. */
  info: string;
  /** Line of the opening fence, from 1. */
  line: number;
  code: string;
}

/** The fenced blocks of a page of Markdown, those without a language included. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```([a-z]*)(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1],
    info: match[2].trim(),
    line: markdown.slice(0, match.index).split('\n').length,
    code: match[3],
  }));
}

/** The first program of a README. */
export function readmeExample(readme: string): string {
  const example = codeBlocks(readme).find(({ language }) => language === 'ts');
  if (!example) throw new Error('the README has no ```ts block');
  return example.code;
}
