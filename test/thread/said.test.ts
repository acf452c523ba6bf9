import type { Plan, PlanStep } from '../../src/plan/types.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { commentsOf } from '../../src/thread/comments.ts';
import { type Inserted, said } from '../../src/thread/said.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { finished, Story } from './story.ts';

/** A text out of the procedure's own pieces and, every second one, a value. */
function textOf(...pieces: readonly string[]): readonly [string, Inserted] {
  let text = '';
  const inserted: (readonly [number, number])[] = [];
  pieces.forEach((piece, index) => {
    if (index % 2 === 1 && piece !== '') inserted.push([text.length, text.length + piece.length]);
    text += piece;
  });
  return [text, inserted];
}

const saying = (...pieces: readonly string[]): string => said(...textOf(...pieces), 1000);

function nodesOf(node: Nodes): readonly Nodes[] {
  return [node, ...('children' in node ? node.children.flatMap(nodesOf) : [])];
}

/** Markdown, HTML and mentions that a reader's GitHub would act on. */
function actingIn(body: string): readonly string[] {
  return nodesOf(fromMarkdown(body)).flatMap((node) => {
    if (node.type === 'text')
      return [...node.value.matchAll(/(?<![A-Za-z0-9_])@\w|https?:\/\/|#\d/g)].map(([found]) => found);
    return ['paragraph', 'root', 'inlineCode', 'code', 'break', 'list', 'listItem'].includes(node.type)
      ? []
      : [node.type];
  });
}

describe('what a procedure says', () => {
  it('keeps its own Markdown and calls whom it calls', () => {
    expect(saying('**Done**, @acme/support: [page](https://acme.example)')).toBe(
      '**Done**, @acme/support: [page](https://acme.example)',
    );
  });

  it('shows a value as it is where nothing in it acts', () => {
    expect(saying('Version ', '1.6', ' is on ', 'pryv-core_2', ', at ', '40 %')).toBe(
      'Version 1.6 is on pryv-core_2, at 40 %',
    );
    expect(saying('Version `', '1.6*', '` runs `as ', 'a_b', ' now`.')).toBe('Version `1.6*` runs `as a_b now`.');
  });

  it('shows a value of several lines as a code block', () => {
    expect(saying('Found:\n', 'a\n```\n@acme/all\n')).toBe('Found:\n\n\n```text\na\n`\u200b``\n@acme/all\n```\n\n');
  });

  it.each([
    ['a mention', ['Thanks, ', '@acme/all']],
    ['a mention by the text before it', ['Thanks, @', 'everyone']],
    ['a mention by the text behind it', ['Thanks, ', 'x @', 'everyone']],
    ['HTML', ['It is ', '<b>bold</b> <!-- hidden']],
    ['a link', ['See ', 'https://evil.example [here](https://evil.example)']],
    ['an image', ['', '![x](https://evil.example/x.png)']],
    ['a heading', ['', '# big']],
    ['a line', ['Above\n', '---', '\n']],
    ['a heading by a line under it', ['Above\n', '===', '\n']],
    ['the end of a code span', ['It is `', 'a` @acme/all <b> `b', '`.']],
    ['the end of a code block', ['```\n', 'a\n```\n@acme/all <b>', '\n```']],
    ['a reference', ['Like ', '#12']],
  ] as const)('makes no %s of a value', (_, pieces) => {
    expect(actingIn(saying(...pieces))).toEqual([]);
  });

  it('lets no value act, whatever it holds and wherever it stands', () => {
    const bit = fc.constantFrom(
      '`',
      '```',
      '~~~',
      '@a',
      '@',
      '#1',
      '<b>',
      '<!--',
      '-->',
      '[x](y)',
      '![',
      '*',
      '_',
      '\\',
      '|',
      '\n',
      ' ',
      'x',
      '1.',
      '>',
      '- ',
      'https://e.example',
      '---',
      '\r',
      '\u001b[1m',
    );
    const value = fc.array(bit, { maxLength: 8 }).map((bits) => bits.join(''));
    const own = fc.constantFrom('', 'Found ', 'on `', '` here', '\n\n', ' and ', '\n', '`x` `', 'See: ');
    fc.assert(
      fc.property(own, value, own, value, own, (a, one, b, two, c) => {
        expect(actingIn(saying(a, one, b, two, c))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a comment step', () => {
  const look = step('look', 'Look', job({ shell: 'sh', text: 'look' }));
  const tell = (text: string): PlanStep => step('tell', 'Tell', { kind: 'say', text: { expr: text } });

  function bodyOf(text: string, stdout = '', params: Plan['params'] = { version: '1.6' }): string {
    const world = { job: () => ({ report: finished('done', 5), stdout: { text: stdout } }) };
    const { state } = new Story(pryvPlan({ params }, [look, tell(text)]), 'apply', world).play();
    return commentsOf(state, {}).find(({ body }) => body.includes('kind=say-tell'))?.body ?? '';
  }

  it('shows what steps printed and people typed as plain text, and keeps the mentions of its own and of the inventory', () => {
    const body = bodyOf(
      '@acme/support: ${{ steps.look.stdout }}, ${{ params.version }}, see ${{ vars.root }} of ${{ run.id }}',
      '<b>@acme/all</b>\n',
      { version: '@william' },
    );
    expect(body.split('\n').slice(1)).toEqual([
      '@acme/support: &lt;b>@&#8203;acme/all&lt;/b>, @&#8203;william, see /var/pryv of 20261122-7k3f',
    ]);
  });

  it('shows less of long values, and never cuts its own text', () => {
    const own = `Look here:\n\n~~~text\n${'own words\n'.repeat(4_000)}~~~\n`;
    const body = bodyOf(`${own}\${{ steps.look.stdout }}`, 'printed\n'.repeat(3_000));
    expect(body).toContain(own);
    expect(body).toContain('```text\nprinted');
    expect(body.length).toBeLessThan(65_536);
    expect(bodyOf(own.repeat(2))).toContain(
      'Step `tell`, in `procedures/pryv/upgrade.yml`, says more here than a comment has room for.',
    );
  });
});
