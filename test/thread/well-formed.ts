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
  // One look for all: ten thousands of comments come by here.
  expect(faultsIn(body, mentions)).toEqual([]);
}

function faultsIn(body: string, mentions: readonly string[]): readonly string[] {
  const nodes = nodesOf(fromMarkdown(body));
  const markup = nodes.flatMap((node) => (node.type === 'html' ? [node.value] : []));
  const words = wordsOf(nodes);
  const called = words.flatMap((word) =>
    [...word.matchAll(/(?<![\p{L}\p{N}_.-])@[\p{L}\p{N}_-]+/gu)].map(([name]) => name),
  );
  const told = (fault: string, those: readonly string[]): readonly string[] =>
    those.map((each) => `${fault}: ${JSON.stringify(each)}`);
  return [
    ...told('too long', body.length > 65_536 ? [String(body.length)] : []),
    ...told(
      'leads away',
      nodes.filter((node) => /^(?:link|image|definition)/.test(node.type) && !isOurs(node)).map(({ type }) => type),
    ),
    ...told(
      'HTML',
      markup.filter((value) => !OURS.test(value)),
    ),
    ...told('folds', areClosed(markup) ? [] : markup),
    ...told(
      'calls',
      called.filter((name) => !mentions.includes(name)),
    ),
    ...told(
      'refers',
      words.filter((word) => /(?<!&)#\d/.test(word)),
    ),
    ...told(
      'an address',
      words.filter((word) => /(?:https?|ftp):\/\/|\bwww\./i.test(word)),
    ),
    ...told('table or fence', tableFaults(body)),
    ...told(
      'unseen',
      body.match(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069\u200B\u200E\u200F\uFEFF]|\p{Cs}/gu) ?? [],
    ),
  ];
}

/** Every fold that is opened is closed, and none that is not. */
function areClosed(markup: readonly string[]): boolean {
  let depth = 0;
  for (const value of markup) {
    depth += value.startsWith('<details>') ? 1 : value === '</details>' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
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

/** Rows of tables outside code that have not as many cells as the head above them, and a fence that is not closed. */
function tableFaults(body: string): readonly string[] {
  const faults: string[] = [];
  let fence: string | undefined;
  let cells: number | undefined;
  for (const line of body.split('\n')) {
    const mark = /^(`{3,})[^`]*$/.exec(line)?.[1];
    if (fence === undefined ? mark !== undefined : line === fence) fence = fence === undefined ? mark : undefined;
    else if (fence === undefined && line.startsWith('| ')) {
      const count = line.replaceAll(/\\./g, '').split('|').length;
      cells ??= count;
      if (count !== cells) faults.push(line);
    } else cells = undefined;
  }
  return fence === undefined ? faults : [...faults, fence];
}
