import { expect } from '@jest/globals';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';

/** All HTML that the thread writes itself: markers, folds, line breaks in cells. */
const OURS =
  /^(?:<!-- changeover:(?:run=[0-9a-z-]+ kind=[A-Za-z0-9_./-]+(?: head=[0-9a-f]{64})?|stands-for=[a-z]+-\d+) text=[0-9a-f]{64} -->|<details><summary>(?:[^<>]|<code>[^<>]*<\/code>)*<\/summary>|<\/details>|<br>|<code>|<\/code>)$/;

function nodesOf(node: Nodes): readonly Nodes[] {
  return [node, ...('children' in node ? node.children.flatMap(nodesOf) : [])];
}

/**
 * A comment that GitHub takes, in which nothing but our own words acts: no HTML, link, image or mention of others, every
 * fold closed and in its place, every row of a table with as many cells as its head.
 * @param mentions who may be called
 */
export function expectWellFormed(body: string, mentions: readonly string[]): void {
  expect(body.length).toBeLessThanOrEqual(65_536);
  const nodes = nodesOf(fromMarkdown(body));
  const leads = nodes.filter((node) => /^(?:link|image|definition)/.test(node.type) && !isOurs(node));
  expect(leads.map(({ type }) => type)).toEqual([]);
  const markup = nodes.flatMap((node) => (node.type === 'html' ? [node.value] : []));
  expect(markup.filter((value) => !OURS.test(value))).toEqual([]);
  let depth = 0;
  for (const value of markup) {
    depth += value.startsWith('<details>') ? 1 : value === '</details>' ? -1 : 0;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  const words = wordsOf(nodes);
  const called = words.flatMap((word) =>
    [...word.matchAll(/(?<![\p{L}\p{N}_.-])@[\p{L}\p{N}_-]+/gu)].map(([name]) => name),
  );
  expect(called.filter((name) => !mentions.includes(name))).toEqual([]);
  expect(words.filter((word) => /(?<!&)#\d/.test(word))).toEqual([]);
  expect(words.filter((word) => /(?:https?|ftp):\/\/|\bwww\./i.test(word))).toEqual([]);
  expectTables(body);
  expect(body).not.toMatch(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069\u200B\u200E\u200F\uFEFF]|\p{Cs}/u);
}

/** The links that the thread makes itself: to another comment, and to a workflow's run. */
const isOurs = (node: Nodes): boolean =>
  node.type === 'link' &&
  /^https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+\/(?:issues\/\d+#issuecomment-|actions\/runs\/)\d+$/.test(node.url);

/** The text that is neither code nor within `<code>`, where GitHub looks for mentions and references. */
function wordsOf(nodes: readonly Nodes[]): readonly string[] {
  const words: string[] = [];
  let code = false;
  for (const node of nodes) {
    if (node.type === 'html' && /^<\/?code>$/.test(node.value)) code = node.value === '<code>';
    else if (node.type === 'text' && !code) words.push(node.value);
  }
  return words;
}

/** Every row of every table outside code has as many cells as the head above it. */
function expectTables(body: string): void {
  let fence: string | undefined;
  let cells: number | undefined;
  for (const line of body.split('\n')) {
    const mark = /^(`{3,})[^`]*$/.exec(line)?.[1];
    if (fence === undefined ? mark !== undefined : line === fence) fence = fence === undefined ? mark : undefined;
    else if (fence === undefined && line.startsWith('| ')) {
      const count = line.replaceAll(/\\./g, '').split('|').length;
      cells ??= count;
      expect(count).toBe(cells);
    } else cells = undefined;
  }
  expect(fence).toBeUndefined();
}
