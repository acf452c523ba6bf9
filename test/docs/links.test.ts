import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Link } from 'mdast';
import { anchors, isThere, nodes, pages } from './pages.ts';

/** Where a page's relative links lead that lead nowhere. */
const broken = (path: string): readonly string[] =>
  nodes(path)
    .filter((node): node is Link => node.type === 'link' && !/^(https?|mailto):/.test(node.url))
    .filter(({ url }) => {
      const [file = '', anchor] = url.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!isThere(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(target).includes(anchor);
    })
    .map(({ url }) => url);

describe('links', () => {
  it('are looked for in every page', () => {
    expect(pages()).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/README.md', 'docs/language.md']),
    );
  });

  it.each(pages())('of %s lead somewhere', (path) => {
    expect(broken(path)).toEqual([]);
  });

  it('lead from the index of the docs to every page of them', () => {
    const linked = nodes('docs/README.md').flatMap((node) => (node.type === 'link' ? [node.url.split('#')[0]] : []));
    const all = pages().filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');
    expect(all.map((path) => path.replace('docs/', '')).filter((name) => !linked.includes(name))).toEqual([]);
  });

  it('lead from the index of the decisions to every record', () => {
    const linked = nodes('docs/decisions/README.md').flatMap((node) => (node.type === 'link' ? [node.url] : []));
    const all = pages().filter((path) => /^docs\/decisions\/\d/.test(path));
    expect(all.map((path) => path.replace('docs/decisions/', '')).filter((name) => !linked.includes(name))).toEqual([]);
  });
});
