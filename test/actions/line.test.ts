import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { actionNamed } from '../../src/actions/index.ts';
import { ereMatches } from '../../src/actions/ere.ts';
import type { Json } from '../../src/language/types.ts';
import { toldOfProcedure, withSteps } from '../language/told.ts';
import { bench, envOf, workOf, type Bench } from './kit.ts';
import { folder, HOSTILE, link, write } from './scenarios.ts';
import { spawnSync } from '../support/run-sync.ts';

const benches: Bench[] = [];
const host = (shell?: string): Bench => {
  const made = bench('line', shell);
  benches.push(made);
  return made;
};
afterEach(() => {
  for (const each of benches.splice(0)) each.remove();
});
const content = (on: Bench): string => readFileSync(join(on.here, 'conf'), 'latin1');
/** What the file holds afterwards, and that a second run finds nothing to do. */
const made = (shell: string, before: string, input: { regexp?: string; line: string }): string => {
  const on = host(shell);
  writeFileSync(join(on.here, 'conf'), before, 'latin1');
  const step = { path: 'conf', ...input };
  for (const phase of ['keep', 'apply'] as const) {
    expect({ phase, ...on.run(phase, step) }).toMatchObject({ phase, code: 0, stderr: '' });
  }
  expect(on.look(step)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  return content(on);
};
const shows = (on: Bench, input: Json) => {
  const look = on.look(input);
  return actionNamed('line')!.preview!({ ...look, exitCode: look.code ?? -1 }, envOf(workOf('line', input)), undefined);
};

describe.each(['dash', 'bash'])('line, in %s', (shell) => {
  const port = { regexp: '^#?port', line: 'port = 80' };

  it.each<[what: string, before: string, input: { regexp?: string; line: string }, after: string]>([
    ['the last match of several is replaced', 'port 1\n#port 2\nx\n', port, 'port 1\nport = 80\nx\n'],
    ['the first line', '#port\nx\n', port, 'port = 80\nx\n'],
    ['where nothing matches it is added', 'x\ny\n', port, 'x\ny\nport = 80\n'],
    ['to an empty file', '', port, 'port = 80\n'],
    ['a last line without a newline stays one', 'x\n#port', port, 'x\nport = 80'],
    ['behind a last line without a newline', 'x', port, 'x\nport = 80\n'],
    ['lines that end in CR LF do so afterwards', 'x\r\n#port\r\ny\r\n', port, 'x\r\nport = 80\r\ny\r\n'],
    ['an added one too', 'x\r\ny', port, 'x\r\ny\r\nport = 80\r\n'],
    ['$ means the end of the line before a CR', 'a=1\r\n', { regexp: '^a=[0-9]$', line: 'a=2' }, 'a=2\r\n'],
    ['without a regexp only the same line counts', 'bc\n b\nB\n', { line: 'b' }, 'bc\n b\nB\nb\n'],
    ['bytes that are no UTF-8 are kept', '\xff\xfe\n#port\xff\n', port, '\xff\xfe\nport = 80\n'],
    ['POSIX classes, groups and counts', 'a  12\n', { regexp: '^(a|b)[[:space:]]+[0-9]{2}$', line: 'b 34' }, 'b 34\n'],
    ['a line that begins like an option', 'x\n', { regexp: '^-n', line: '-n' }, 'x\n-n\n'],
    ['backslashes and percents as they are', '', { line: '\\n %s \\\\ $HOME `id`' }, '\\n %s \\\\ $HOME `id`\n'],
  ])('%s', (_what, before, input, after) => {
    expect(made(shell, before, input)).toBe(after);
  });

  it('replaces a line of a file that is large', () => {
    const lines = Array.from({ length: 400_000 }, (_, at) => `this is line ${at} of a large file\n`);
    const wanted = lines.with(123_456, 'this is line 123456, another\n').join('');
    expect(
      made(shell, lines.join(''), { regexp: '^this is line 123456[ ,]', line: 'this is line 123456, another' }),
    ).toBe(wanted);
  });

  it('leaves a file in which the line stands to the bit as it is', () => {
    const on = host(shell);
    write(on, 'conf', 'x\nport = 80\n', 0o640);
    const before = on.tree();
    expect(on.run('probe', { path: 'conf', ...port })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(on.tree()).toEqual(before);
  });

  it.each<[what: string, words: string, arrange: (on: Bench) => void, input: { regexp?: string; line: string }]>([
    ['a missing file', 'there is no file ./conf', () => undefined, port],
    [
      'a folder',
      'is not a file',
      (on) => {
        folder(on, 'conf');
      },
      port,
    ],
    [
      'a link',
      'symbolic link',
      (on) => {
        link(on, 'conf', 'other');
      },
      port,
    ],
    [
      'a binary',
      'NUL characters',
      (on) => {
        write(on, 'conf', 'a\0b\n');
      },
      port,
    ],
    [
      'a regexp from a value that does not match the line',
      'does not match the line',
      (on) => {
        write(on, 'conf', '');
      },
      { regexp: '${{ vars.r }}', line: 'x' },
    ],
  ])('refuses %s, changing nothing', (_what, words, arrange, input) => {
    const on = host(shell);
    arrange(on);
    const before = on.tree();
    const step = { path: 'conf', ...input };
    for (const phase of ['probe', 'apply'] as const) {
      expect(on.run(phase, step)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
    expect(shows(on, step)).toMatchObject({ kind: 'text', text: expect.stringContaining(words) });
    expect(on.tree()).toEqual(before);
  });
});

describe('line', () => {
  it('puts in hostile text as it is', () => {
    const on = host();
    write(on, 'conf', '');
    const input = { path: 'conf', line: HOSTILE.trim() };
    on.run('keep', input);
    expect(on.run('apply', input)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(on.here, 'conf'), 'utf8')).toBe(`${HOSTILE.trim()}\n`);
    expect(Object.keys(on.tree())).toEqual(['conf']);
  });

  it('keeps what was there for root alone', () => {
    const on = host();
    write(on, 'conf', 'password\n', 0o600);
    on.run('keep', { path: 'conf', line: 'x' });
    expect(statSync(join(on.before, 'old')).mode & 0o777).toBe(0o600);
  });

  it('shows as a diff what it would replace, and what it would add', () => {
    const on = host();
    write(on, 'conf', '1\n2\n3\n4\nport = 1\n5\n6\n7\n8\n');
    expect(shows(on, { path: 'conf', regexp: '^port', line: 'port = 80' })).toEqual({
      kind: 'diff',
      text: '--- ./conf\n+++ ./conf\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-port = 1\n+port = 80\n 5\n 6\n 7'.replaceAll(
        './',
        '',
      ),
    });
    expect(shows(on, { path: 'conf', line: 'last' })).toEqual({
      kind: 'diff',
      text: '--- conf\n+++ conf\n@@ -7,3 +7,4 @@\n 6\n 7\n 8\n+last',
    });
    write(on, 'conf', '');
    expect(shows(on, { path: 'conf', line: 'first' })).toMatchObject({
      text: '--- conf\n+++ conf\n@@ -0,0 +1,1 @@\n+first',
    });
    write(on, 'conf', 'first\r\n');
    expect(shows(on, { path: 'conf', line: 'first' })).toEqual({ kind: 'nothing', text: 'the line stands in conf' });
  });

  it.each([
    ["regexp: '^prot', line: 'port = 80'", '6:15 the regexp does not match the line itself'],
    ["regexp: '^port (=', line: 'port = 80'", '6:15 this is no POSIX extended regular expression: a ( is not closed'],
    ["regexp: '[a-z', line: a", 'a [ is not closed'],
    ["regexp: '', line: a", 'the regexp is empty'],
    ['line: ""', 'the line is empty'],
    ['line: "a\\nb"', 'one line is wanted here'],
    ['line: 80', "quote it: write '80'"],
    ['regex: a, line: a', 'unknown key "regex"; did you mean "regexp"?'],
    ['regexp: a', 'the key "line" is missing'],
  ])('%s is told by lint', (fields, message) => {
    const told = toldOfProcedure(withSteps('  - id: port', '    line:', `      { path: /etc/conf, ${fields} }`));
    expect(told).toEqual([expect.stringContaining(message.replace(/^6:15 /, ''))]);
    expect(told[0]).toMatch(/^6:\d+ /);
  });

  it('leaves to the host what only the host can know of a regexp', () => {
    expect(ereMatches('^a(b|c)*$', 'abc')).toEqual({ kind: 'unknown' });
    expect(ereMatches('\\<port\\>', 'port')).toEqual({ kind: 'unknown' });
    expect(ereMatches('é', 'e')).toEqual({ kind: 'unknown' });
  });

  it('judges a regexp as the host’s grep does', () => {
    const parts = ['a', 'b', '.', '*', '+', '?', '{2}', '{,1}', '^', '$', '(', ')', '|', '\\.', '\\', '\\w', '-'];
    const brackets = ['[]a\\]', '[^]-]', '[[:alpha:]_]', '[a', '[^^$.]', '[[.a.]]', '[\\d]', '[[]', '{', '}', ']'];
    const kinds = new Map<string, number>();
    const of = (from: readonly string[], most: number) =>
      fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: most }).map((made) => made.join(''));
    fc.assert(
      fc.property(
        of([...parts, ...brackets], 5),
        of(['a', 'b', '.', '\\', ']', '[', '-', 'd', '_'], 4),
        (ere, line) => {
          const { kind } = ereMatches(ere, line);
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          if (kind === 'unknown') return;
          const { status } = spawnSync('grep', ['-E', '-e', ere], {
            input: `${line}\n`,
            env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
          });
          expect({ ere, line, status }).toEqual({ ere, line, status: { matches: 0, differs: 1, broken: 2 }[kind] });
        },
      ),
      { numRuns: 1000 },
    );
    expect([...kinds.keys()].sort()).toEqual(['broken', 'differs', 'matches', 'unknown']);
  });
});
