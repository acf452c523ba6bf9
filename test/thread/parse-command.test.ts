import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Command, commandNeed, printCommand } from '../../src/thread/command.ts';
import { readCommandLine } from '../../src/thread/grammar.ts';
import { mistakeText } from '../../src/thread/mistake-text.ts';
import { parseCommandLine, parseWords, type ParsedCommand } from '../../src/thread/parse-command.ts';

const told = (parsed: ParsedCommand): unknown => (parsed.kind === 'mistake' ? parsed.mistake : parsed.command);
const read = (line: string): unknown => told(parseCommandLine(line));
/** By the whole grammar, with what this version then refuses. */
const grammar = (line: string): unknown => told(readCommandLine(line));
const asks = (rest: Partial<Extract<Command, { kind: 'procedure' }>>): unknown => ({
  kind: 'procedure',
  verb: 'upgrade',
  system: 'pryv',
  positional: [],
  named: {},
  dryrun: false,
  ...rest,
});

describe('a procedure in a command', () => {
  it.each([
    ['/upgrade pryv 1.6 dryrun', { positional: ['1.6'], dryrun: true }],
    ['/upgrade pryv dryrun 1.6', { positional: ['1.6'], dryrun: true }],
    ['/upgrade pryv version=1.6', { named: { version: '1.6' } }],
    [`/upgrade pryv note='two words' x="it's"`, { named: { note: 'two words', x: "it's" } }],
    ['/upgrade pryv q=a=b=c', { named: { q: 'a=b=c' } }],
    ['/upgrade pryv q="a = b"', { named: { q: 'a = b' } }],
    ['/upgrade pryv "a=b" it\'s', { positional: ['a=b', "it's"] }],
    ['/upgrade pryv note=', { named: { note: '' } }],
    ['/upgrade pryv ""', { positional: [''] }],
    ['/upgrade pryv "dryrun" \'at\'', { positional: ['dryrun', 'at'] }],
    ['/upgrade pryv https://x/?y=z', { positional: ['https://x/?y=z'] }],
    ['/upgrade pryv $(reboot) `id` a;b', { positional: ['$(reboot)', '`id`', 'a;b'] }],
    ['/upgrade pryv -5', { positional: ['-5'] }],
  ] as const)('reads %s', (line, rest) => {
    expect(read(line)).toEqual(asks(rest));
  });

  it.each([
    ['/upgrade', { kind: 'no_system', verb: 'upgrade' }],
    ['/upgrade dryrun', { kind: 'no_system', verb: 'upgrade' }],
    ['/upgrade version=1.6', { kind: 'no_system', verb: 'upgrade' }],
    ['/upgrade ../../etc 1', { kind: 'bad_system', verb: 'upgrade', word: '../../etc' }],
    ['/upgrade Pryv', { kind: 'bad_system', verb: 'upgrade', word: 'Pryv' }],
    ['/upgrade pryv v=1 v=2', { kind: 'twice', name: 'v' }],
    ['/upgrade pryv dryrun dryrun', { kind: 'twice', name: 'dryrun' }],
    ['/upgrade pryv env=a environment=b', { kind: 'twice', name: 'environment' }],
    ['/upgrade pryv environment=', { kind: 'empty', name: 'environment' }],
    ['/upgrade pryv dryrun=true', { kind: 'word_not_value', name: 'dryrun' }],
    ['/upgrade pryv at=tomorrow', { kind: 'word_not_value', name: 'at' }],
    ['/upgrade pryv 1.6 --dry-run', { kind: 'nearly_dryrun', word: '--dry-run' }],
    ['/upgrade pryv 1.6 dry-run', { kind: 'nearly_dryrun', word: 'dry-run' }],
    ['/upgrade pryv 1.6 DryRun', { kind: 'nearly_dryrun', word: 'DryRun' }],
    ['/upgrade pryv 1.6 drurun', { kind: 'nearly_dryrun', word: 'drurun' }],
    ['/upgrade pryv 1.6 dryrun.', { kind: 'nearly_dryrun', word: 'dryrun.' }],
    ['/upgrade pryv --force', { kind: 'option', word: '--force' }],
    ['/upgrade pryv note="two words', { kind: 'unclosed_quote', quote: '"', column: 20 }],
    ["/upgrade pryv 'x", { kind: 'unclosed_quote', quote: "'", column: 15 }],
    ['/upgrade pryv note="a"b', { kind: 'after_quote', rest: 'b', column: 23 }],
    ['/upgrade pryv note=“two words”', { kind: 'smart_quote', quote: '“', column: 20 }],
    ['/upgrade pryv ‘1.6’', { kind: 'smart_quote', quote: '‘', column: 15 }],
  ] as const)('says what is wrong with %s', (line, mistake) => {
    expect(read(line)).toEqual(mistake);
  });

  it('takes a name that JavaScript objects have of their own for a name like any other', () => {
    expect(read('/upgrade pryv __proto__=x constructor=y')).toEqual(
      asks({
        named: Object.fromEntries([
          ['__proto__', 'x'],
          ['constructor', 'y'],
        ]),
      }),
    );
  });
});

describe('the time of a command', () => {
  it.each([
    ['2026-03-16T06:00Z', '2026-03-16T06:00:00.000Z'],
    ['2026-03-16T06:00:30+01:00', '2026-03-16T05:00:30.000Z'],
    ['2026-03-16T06:00 Europe/Zurich', '2026-03-16T05:00:00.000Z'],
    ['2026-07-16T06:00 Europe/Zurich', '2026-07-16T04:00:00.000Z'],
    ['2026-07-16T06:00 UTC', '2026-07-16T06:00:00.000Z'],
  ])('reads %s', (time, at) => {
    expect(grammar(`/upgrade pryv at ${time} dryrun`)).toEqual(asks({ at, dryrun: true }));
  });

  it.each([
    ['', { kind: 'no_time' }],
    ['tomorrow', { kind: 'bad_time', word: 'tomorrow' }],
    ['06:00', { kind: 'bad_time', word: '06:00' }],
    ['2026-02-30T06:00Z', { kind: 'bad_time', word: '2026-02-30T06:00Z' }],
    ['2026-02-30T06:00 UTC', { kind: 'bad_time', word: '2026-02-30T06:00' }],
    ['2026-03-16T06:00', { kind: 'time_without_zone', word: '2026-03-16T06:00' }],
    ['2026-03-16T06:00 version=1', { kind: 'time_without_zone', word: '2026-03-16T06:00' }],
    ['2026-03-16T06:00 Europe/Zurch', { kind: 'unknown_zone', word: 'Europe/Zurch', near: 'Europe/Zurich' }],
    ['2026-03-16T06:00 +01:00', { kind: 'time_without_zone', word: '2026-03-16T06:00' }],
    ['2026-03-16T06:00Z at 2026-03-16T07:00Z', { kind: 'twice', name: 'at' }],
  ])('refuses "%s"', (time, mistake) => {
    expect(grammar(`/upgrade pryv at ${time}`.trim())).toEqual(mistake);
  });

  it('refuses a time over which the clocks are put forward, and says which are near it', () => {
    expect(grammar('/upgrade pryv at 2026-03-29T02:30 Europe/Zurich')).toEqual({
      kind: 'time_skipped',
      word: '2026-03-29T02:30',
      zone: 'Europe/Zurich',
      instead: ['2026-03-29T01:30 Europe/Zurich', '2026-03-29T03:30 Europe/Zurich'],
    });
  });

  it('refuses a time that comes twice, and says how to write either', () => {
    expect(grammar('/upgrade pryv at 2026-10-25T02:30 Europe/Zurich')).toEqual({
      kind: 'time_doubled',
      word: '2026-10-25T02:30',
      zone: 'Europe/Zurich',
      instead: ['2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00'],
    });
    expect(grammar('/upgrade pryv at 2026-10-25T02:30+02:00')).toEqual(asks({ at: '2026-10-25T00:30:00.000Z' }));
  });

  it('never starts now what was asked for later', () => {
    expect(read('/upgrade pryv 1.6 at 2026-03-16T06:00Z')).toEqual({ kind: 'later_word', word: 'at' });
    expect(told(parseWords(['upgrade', 'pryv', 'at', '2026-03-16T06:00Z']))).toEqual({
      kind: 'later_word',
      word: 'at',
    });
  });
});

describe('answers and questions', () => {
  it.each([
    ['/retry', { kind: 'decision', decision: 'retry' }],
    ['/skip 20261122-7k3f p2', { kind: 'decision', decision: 'skip', run: '20261122-7k3f', prompt: 'p2' }],
    ['/rollback p1 20261122-7k3f', { kind: 'decision', decision: 'rollback', run: '20261122-7k3f', prompt: 'p1' }],
    ['/abort p1', { kind: 'decision', decision: 'abort', prompt: 'p1' }],
    ['/continue', { kind: 'decision', decision: 'continue' }],
    ['/approve 3f2a9c1d', { kind: 'approve', digest: '3f2a9c1d' }],
    [
      '/approve 20261122-7k3f 3F2A9C1D7e p1',
      { kind: 'approve', digest: '3F2A9C1D7e', run: '20261122-7k3f', prompt: 'p1' },
    ],
    ['/approve', { kind: 'approve', digest: '' }],
    ['/help', { kind: 'help' }],
    ['/help /upgrade pryv', { kind: 'help', verb: 'upgrade', system: 'pryv' }],
    ['/procedures', { kind: 'procedures' }],
    ['/hosts', { kind: 'hosts' }],
    ['/status', { kind: 'status' }],
    ['/status 20261122-7k3f', { kind: 'status', run: '20261122-7k3f' }],
    ['/logs dump', { kind: 'logs', step: 'dump' }],
    ['/logs dump pryv-1 20261122-7k3f', { kind: 'logs', step: 'dump', host: 'pryv-1', run: '20261122-7k3f' }],
    ['/logs mongo/undo-1', { kind: 'logs', step: 'mongo/undo-1' }],
    ['/logs stop/nginx pryv-1', { kind: 'logs', step: 'stop/nginx', host: 'pryv-1' }],
  ])('reads %s', (line, command) => {
    expect(read(line)).toEqual(command);
  });

  it.each([
    ['/retry now', { kind: 'unexpected_word', usage: '/retry [run] [prompt]', word: 'now' }],
    ['/retry 20261122-7k3i', { kind: 'unexpected_word', usage: '/retry [run] [prompt]', word: '20261122-7k3i' }],
    ['/retry p1 p2', { kind: 'unexpected_word', usage: '/retry [run] [prompt]', word: 'p2' }],
    ['/status run=x', { kind: 'unexpected_word', usage: '/status [run]', word: 'run=x' }],
    ['/logs', { kind: 'no_step' }],
    ['/hosts all', { kind: 'unexpected_word', usage: '/hosts', word: 'all' }],
    ['/approve it', { kind: 'unexpected_word', usage: '/approve <digest> [run] [prompt]', word: 'it' }],
    ['/lock pryv-1', { kind: 'no_reason', name: 'pryv-1' }],
    ['/cancel', { kind: 'what_of', usage: '/cancel <run>' }],
  ])('says what is wrong with %s', (line, mistake) => {
    expect(read(line)).toEqual(mistake);
  });

  it('needs no right to decide for a question, and one to run for a run', () => {
    const need = (line: string): unknown => {
      const parsed = parseCommandLine(line);
      return parsed.kind === 'command' ? commandNeed(parsed.command) : parsed;
    };
    expect(need('/status')).toBe('ask');
    expect(need('/upgrade pryv 1.6 dryrun')).toBe('dryrun');
    expect(need('/upgrade pryv 1.6')).toBe('run');
    expect(need('/abort')).toBe('decide');
    expect(need('/queue')).toBe('ask');
    for (const line of ['/lock web1 it burns', '/unlock web1', '/cancel 20261122-7k3f'])
      expect(need(line)).toBe('lock');
  });
});

describe('words that a shell has split', () => {
  it('reads them as a line is read', () => {
    expect(told(parseWords(['upgrade', 'pryv', '1.6', 'note=two words', 'dryrun']))).toEqual(
      asks({ positional: ['1.6'], named: { note: 'two words' }, dryrun: true }),
    );
  });

  it('leaves quotes alone, which the shell has taken already', () => {
    expect(told(parseWords(['upgrade', 'pryv', 'note="x']))).toEqual(asks({ named: { note: '"x' } }));
  });

  it('refuses what is no verb', () => {
    expect(told(parseWords([]))).toEqual({ kind: 'no_verb', word: '' });
    expect(told(parseWords(['upgrade pryv']))).toEqual({ kind: 'no_verb', word: 'upgrade pryv' });
  });
});

describe('printing a command', () => {
  const value = fc
    .string({ unit: fc.constantFrom(...Array.from('aZ09 ._-/=,:+@%*`$;|&<>\'"()[]{}#!?\\~^éλ漢')), maxLength: 12 })
    .filter((text) => !(text.includes('"') && text.includes("'")));
  const name = fc
    .stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
    .filter(
      (text) => !['at', 'env', 'environment'].includes(text) && !/^d.*r.*n$/.test(text.replaceAll(/[^a-z]/g, '')),
    );
  const word = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
  const own =
    /^(?:retry|skip|rollback|abort|continue|help|procedures|hosts|status|logs|approve|pause|queue|lock|unlock|cancel)$/;
  const command: fc.Arbitrary<Command> = fc
    .record(
      {
        kind: fc.constant('procedure' as const),
        verb: word.filter((text) => !own.test(text)),
        system: word.filter((text) => text !== 'at' && !/^d.*r.*n$/.test(text.replaceAll(/[^a-z]/g, ''))),
        positional: fc.array(value, { maxLength: 4 }),
        named: fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }),
        dryrun: fc.boolean(),
        environment: value.filter((text) => text !== ''),
        at: fc
          .date({ min: new Date('2020-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
          .map((date) => date.toISOString()),
      },
      { requiredKeys: ['kind', 'verb', 'system', 'positional', 'named', 'dryrun'] },
    )
    .map((each) => each);

  it('gives a line that reads as the command again', () => {
    fc.assert(
      fc.property(command, (each) => {
        expect(grammar(printCommand(each))).toEqual(each);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['/retry 20261122-7k3f p1', '/help upgrade pryv', '/hosts', '/logs dump pryv-1', '/status', '/procedures'])(
    'gives %s back as it was',
    (line) => {
      const parsed = parseCommandLine(line);
      expect(parsed.kind === 'command' && printCommand(parsed.command)).toBe(line);
    },
  );
});

describe('the words for a mistake', () => {
  it.each([
    ['/upgrade pryv 1.6 --dry-run', '`dryrun`'],
    ['/rety', '`/retry`'],
    ['/upgrade', '`/upgrade <system> [value…] [name=value…] [dryrun]`'],
    ['/pause p1', '`/pause [run]`'],
    ['/upgrade pryv note=“x”', '`name="two words"`'],
    ['/upgrade pryv a\u200Bb', 'U+200B'],
    ['/upgrade pryv at 2026-03-29T02:30 Europe/Zurich', '`at 2026-03-29T03:30 Europe/Zurich`'],
    ['/upgrade pryv at 2026-10-25T02:30 Europe/Zurich', '`at 2026-10-25T02:30+01:00`'],
    ['/retry now', '`/retry [run] [prompt]`'],
  ])('for %s say to type %s', (line, instead) => {
    const parsed = parseCommandLine(line);
    expect(parsed.kind === 'mistake' && mistakeText(parsed.mistake)).toContain(instead);
  });

  it('guess what was meant where no procedure is called so', () => {
    const known = [
      { verb: 'upgrade', system: 'pryv' },
      { verb: 'report', system: 'nbhosting' },
    ];
    expect(mistakeText({ kind: 'no_procedure', verb: 'upgrad', system: 'pryv', known })).toContain('`/upgrade pryv`');
    expect(mistakeText({ kind: 'no_procedure', verb: 'rollbak', system: '20261122-7k3f', known })).toContain(
      '`/rollback`',
    );
  });

  it('let nothing of what was typed act as Markdown', () => {
    const parsed = parseCommandLine('/retry `@admin|<b>**x**`');
    expect(parsed.kind === 'mistake' && mistakeText(parsed.mistake)).toContain('`` `@admin|<b>**x**` ``');
  });
});
