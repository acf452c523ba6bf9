import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Code, Heading, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that are not written by hand, and golden files, which quote what others say. */
const ELSEWHERE = /^(node_modules|dist|coverage|\.cache|\.git)(\/|$)|\/golden\//;

export const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
export const isThere = (path: string): boolean => existsSync(`${ROOT}${path}`);

/** All Markdown files of the repository, by path. */
export function pages(): readonly string[] {
  const top = readdirSync(ROOT, { withFileTypes: true }).filter(({ name }) => !ELSEWHERE.test(name));
  const within = top
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(`${ROOT}${name}`, { recursive: true, encoding: 'utf8' }).map((path) => `${name}/${path}`),
    );
  return [...top.map(({ name }) => name), ...within]
    .filter((path) => path.endsWith('.md') && !ELSEWHERE.test(path))
    .sort();
}

/** The pages that tell how Changeover is used. */
export const docs = (): readonly string[] =>
  pages().filter((path) => path === 'README.md' || path.startsWith('docs/') || path.startsWith('procedures/'));

/** All nodes of a page, in their order. */
export function nodes(path: string): readonly Nodes[] {
  const all: Nodes[] = [];
  const visit = (node: Nodes): void => {
    all.push(node);
    if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(read(path)));
  return all;
}

/** A code block, and where it stands, for messages. */
export interface Block {
  readonly at: string;
  readonly text: string;
  /** The heading that it stands below. */
  readonly under: string;
  /** The block right behind it, where it is one of what is printed: what comes of it. */
  readonly says?: string;
}

export function blocks(path: string, ...languages: readonly string[]): readonly Block[] {
  const all = nodes(path).filter(({ type }) => !['text', 'inlineCode', 'link', 'emphasis', 'strong'].includes(type));
  const isCode = (node: Nodes | undefined): node is Code => node?.type === 'code';
  return all.flatMap((node, index): Block[] => {
    if (!isCode(node) || !languages.includes(node.lang ?? '')) return [];
    const heading = all.slice(0, index).findLast(({ type }) => type === 'heading');
    const behind = all[index + 1];
    const says = isCode(behind) && behind.lang === 'text' ? { says: behind.value } : {};
    const at = `${path}:${String(node.position?.start.line ?? 0)}`;
    return [{ at, text: node.value, under: heading === undefined ? '' : textOf(heading), ...says }];
  });
}

/** The code blocks of a language below a heading. */
export const shown = (path: string, language: string, under: string): readonly string[] =>
  blocks(path, language).flatMap((block) => (block.under === under ? [block.text] : []));

/** The commands below a heading, those of root and of others, with continued lines put together. */
export const commandsOf = (path: string, under: string): readonly string[] =>
  shown(path, 'console', under).flatMap((text) =>
    text
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .flatMap((line) => (/^[#$] /.test(line) ? [line.slice(2)] : [])),
  );

/** The anchors that GitHub gives a page's headings. */
export const anchors = (path: string): readonly string[] =>
  nodes(path)
    .filter((node): node is Heading => node.type === 'heading')
    .map((heading) =>
      textOf(heading)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    );

function textOf(node: Nodes): string {
  if ('children' in node) return node.children.map(textOf).join('');
  return 'value' in node ? node.value : '';
}

/** What stands below a heading, up to the next one of its level or above. */
export function section(path: string, heading: string): string {
  const lines = read(path).split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${path} has no heading "${heading}".`);
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0;
  const length = lines.slice(start + 1).findIndex((line) => (/^#+(?= )/.exec(line)?.[0].length ?? 99) <= level);
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n');
}
