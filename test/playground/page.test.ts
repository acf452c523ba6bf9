import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { readComment, readMessage } from '../../src/playground/page/boundary.ts';
import { suggestions } from '../../src/playground/page/commands.ts';
import { matchChildren } from '../../src/playground/page/match-children.ts';
import { createRefresher } from '../../src/playground/page/refresher.ts';
import { ago } from '../../src/playground/page/time.ts';

describe('matching what an edit left in its place', () => {
  it('keeps all others when one comes between, goes or changes', () => {
    expect(matchChildren(['a', 'b', 'c'], ['a', 'x', 'b', 'c'])).toEqual([0, undefined, 1, 2]);
    expect(matchChildren(['a', 'b', 'c'], ['a', 'c'])).toEqual([0, 2]);
    expect(matchChildren(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual([0, undefined, 2]);
    expect(matchChildren([], ['a'])).toEqual([undefined]);
  });

  it('keeps every node at most once, in order, under its own key, and as many as can be', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 });
    fc.assert(
      fc.property(keys, keys, (old, wanted) => {
        const matches = matchChildren(old, wanted);
        const kept = matches.filter((match) => match !== undefined);
        expect(matches).toHaveLength(wanted.length);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        for (const [index, match] of matches.entries()) if (match !== undefined) expect(old[match]).toBe(wanted[index]);
        expect(kept).toHaveLength(longestCommon(old, wanted));
      }),
    );
  });
});

/** By trying everything. */
function longestCommon([a, ...restA]: readonly string[], b: readonly string[]): number {
  if (a === undefined || b.length === 0) return 0;
  const at = b.indexOf(a);
  const without = longestCommon(restA, b);
  return at < 0 ? without : Math.max(without, 1 + longestCommon(restA, b.slice(at + 1)));
}

describe('the suggestions beside the comment box', () => {
  it('begin with what the last answer says to type, each once', () => {
    expect(suggestions(['/retry', '/rollback', '/retry\n'], ['/help', '/retry'])).toEqual([
      '/retry',
      '/rollback',
      '/help',
    ]);
  });

  it('are commands only', () => {
    const others = ['/var/pryv', 'rm -rf /', '/skip <run>', '/a\n/b', '', '/'];
    expect(suggestions(others, ['/help'])).toEqual(['/help']);
  });

  it('are few', () => {
    expect(suggestions(['/a', '/b', '/c', '/d', '/e', '/f'], ['/help'])).toHaveLength(5);
  });
});

describe('what the API answers', () => {
  const comment = {
    id: 7,
    body: 'x',
    user: { login: 'changeover[bot]', type: 'Bot' },
    created_at: '2026-11-22T06:00:00Z',
    updated_at: '2026-11-22T06:00:01Z',
    reactions: { url: 'http://…', total_count: 2, eyes: 2, heart: 0 },
  };

  it('is read with the reactions that somebody gave', () => {
    expect(readComment(comment)).toMatchObject({ isBot: true, reactions: [{ content: 'eyes', count: 2 }] });
  });

  it('is refused in words when it is something else', () => {
    expect(() => readComment({ ...comment, body: 7 })).toThrow('answered 7 where text should be');
  });

  it('tells why something was refused', () => {
    expect(readMessage({ message: 'Not Found' })).toBe('Not Found');
    const errors = [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body is too long' }];
    expect(readMessage({ message: 'Validation Failed', errors })).toBe('Validation Failed: Body is too long');
    expect(readMessage({ message: 'Validation Failed', errors: [{ field: 'body', code: 'missing' }] })).toBe(
      'Validation Failed: body missing',
    );
    expect(readMessage('<html>')).toBeUndefined();
  });
});

describe('reading again', () => {
  it('happens once more, however often it was asked for meanwhile, and goes on after a failure', async () => {
    const gates: { readonly open: () => void; readonly fail: () => void }[] = [];
    const failures: unknown[] = [];
    const refresh = createRefresher(
      () =>
        new Promise((resolve, reject) => {
          gates.push({
            open: resolve,
            fail: () => {
              reject(new Error('down'));
            },
          });
        }),
      (error) => failures.push(error),
    );
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    refresh();
    refresh();
    refresh();
    expect(gates).toHaveLength(1);
    gates[0]?.fail();
    await turn();
    expect(failures).toEqual([new Error('down')]);
    expect(gates).toHaveLength(2);
    gates[1]?.open();
    await turn();
    expect(gates).toHaveLength(2);
    refresh();
    expect(gates).toHaveLength(3);
  });
});

describe('the age of a comment', () => {
  it.each([
    [0, 'just now'],
    [-5_000, 'just now'],
    [59_000, 'just now'],
    [60_000, '1 minute ago'],
    [7_200_000, '2 hours ago'],
    [86_400_000, 'yesterday'],
  ])('%d ms reads "%s"', (ms, words) => {
    expect(ago(1_000_000_000, 1_000_000_000 + ms)).toBe(words);
  });
});
