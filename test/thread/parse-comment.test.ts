import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseComment } from '../../src/thread/parse-comment.ts';

const upgrade = {
  kind: 'procedure',
  verb: 'upgrade',
  system: 'pryv',
  positional: ['1.6'],
  named: {},
  dryrun: false,
} as const;

const commandOf = (body: string): unknown => {
  const parsed = parseComment(body);
  return parsed.kind === 'command' ? parsed.command : parsed;
};
const mistakeOf = (body: string): unknown => {
  const parsed = parseComment(body);
  return parsed.kind === 'mistake' ? parsed.mistake : parsed;
};

describe('finding the command of a comment', () => {
  it.each([
    ['alone', '/upgrade pryv 1.6'],
    ['with spaces around it', '   /upgrade   pryv  1.6   '],
    ['with CRLF', 'Here we go.\r\n\r\n/upgrade pryv 1.6\r\n\r\nThanks'],
    ['in the middle of a paragraph', 'Here we go:\n/upgrade pryv 1.6\nthanks'],
    ['above a line of dashes, which Markdown takes for a heading', '/upgrade pryv 1.6\n---'],
    ['above a line of equal signs', 'Now\n/upgrade pryv 1.6\n==='],
    ['after a list, with an empty line between', '- one\n- two\n\n/upgrade pryv 1.6'],
    ['after a quote, with an empty line between', '> /retry\n\n/upgrade pryv 1.6'],
    ['after an HTML comment', '<!-- /retry -->\n/upgrade pryv 1.6'],
    ['beside code that looks like one', '```\n/retry\n```\n/upgrade pryv 1.6'],
    ['beside paths', '/var/log is full and a/b too\n/upgrade pryv 1.6'],
  ])('finds it %s', (_, body) => {
    expect(commandOf(body)).toEqual(upgrade);
  });

  it.each([
    ['talk', 'I would upgrade on Tuesday.'],
    ['nothing', ''],
    ['a fence', '```\n/upgrade pryv 1.6\n```'],
    ['a fence of tildes', '~~~ text\n/upgrade pryv 1.6\n~~~'],
    ['a fence that is never closed', '```\n/upgrade pryv 1.6'],
    ['indented code', 'So:\n\n    /upgrade pryv 1.6'],
    ['a code span', '`/upgrade pryv 1.6`'],
    ['a code span over lines', 'so `a\n/upgrade pryv 1.6\n` it is'],
    ['a quote', '> /upgrade pryv 1.6'],
    ['a quote in a list', '- > /upgrade pryv 1.6'],
    ['a list', '- /upgrade pryv 1.6\n- /retry'],
    ['a numbered list', '1. /upgrade pryv 1.6'],
    ['a paragraph of a list', '- one\n\n  /upgrade pryv 1.6'],
    ['an HTML comment', '<!--\n/upgrade pryv 1.6\n-->'],
    ['an HTML comment within a paragraph', 'so <!--\n/upgrade pryv 1.6\n--> it is'],
    ['an HTML block', '<details>\n/upgrade pryv 1.6\n</details>'],
    ['the text of an image', '![a\n/upgrade pryv 1.6](x.png)'],
    ['the middle of a line', 'please /upgrade pryv 1.6'],
    ['a path', '/var/log/syslog'],
    ['a path with a dot', '/etc.'],
    ['two slashes', '//upgrade pryv 1.6'],
    ['an escaped slash', '\\/upgrade pryv 1.6'],
    ['a number', '/42 pryv'],
  ])('finds none in %s', (_, body) => {
    expect(parseComment(body)).toEqual({ kind: 'ignore' });
  });

  it('keeps the stars and backticks of a value, which Markdown would take', () => {
    expect(commandOf('/upgrade pryv note=*x* path=`a_b_c`')).toEqual({
      ...upgrade,
      positional: [],
      named: { note: '*x*', path: '`a_b_c`' },
    });
    expect(commandOf('/upgrade pryv note="[a](b) &amp; <c>"')).toEqual({
      ...upgrade,
      positional: [],
      named: { note: '[a](b) &amp; <c>' },
    });
  });

  it('runs none of several commands, and names them', () => {
    expect(mistakeOf('/upgrade pryv 1.6 dryrun\n\n/upgrade pryv 1.6')).toEqual({
      kind: 'several',
      lines: ['/upgrade pryv 1.6 dryrun', '/upgrade pryv 1.6'],
    });
  });

  it('answers where Markdown counts the line to the quote or list above it', () => {
    expect(mistakeOf('> it failed\n/retry')).toEqual({ kind: 'swallowed', line: '/retry', by: 'quote' });
    expect(mistakeOf('- it failed\n/retry')).toEqual({ kind: 'swallowed', line: '/retry', by: 'list' });
  });

  it.each([
    ['a quote of Gmail', 'Fine.\n\nOn Fri, 20 Nov 2026 at 06:00, Olivia <o@example.org> wrote:\n\n/retry'],
    ['a quote in French', 'Oui.\n\nLe ven. 20 nov. 2026 à 06:00, Olivia a écrit :\n\n/retry'],
    ['a quote in German', 'Ja.\n\nAm 20.11.2026 um 06:00 schrieb Olivia:\n\n/retry'],
    ['a quote of Outlook', 'Fine.\n\nFrom: Olivia\nSent: Friday\nTo: acme/ops\nSubject: Re: [acme/ops]\n\n/retry'],
    ['a quote of Outlook, on the web', 'Fine.\n________________________________\nFrom: Olivia\n\n/retry'],
    ['an old quote of Outlook', 'Fine.\n\n-----Original Message-----\n\n/retry'],
    ['a signature', 'Fine.\n\n-- \n/retry'],
  ])('answers and does not follow what stands in %s', (_, body) => {
    expect(mistakeOf(body)).toEqual({ kind: 'in_mail', line: '/retry' });
  });

  it.each([
    ['below a quote with marks, as mailing lists write', 'On Fri, Olivia wrote:\n> Shall I?\n\n/upgrade pryv 1.6'],
    ['above an e-mail that it answers', '/upgrade pryv 1.6\n\nOn Fri, Olivia wrote:\n\nShall I?'],
    ['above a signature', '/upgrade pryv 1.6\n\n-- \nOlivia'],
    ['beside talk of mail', 'On Friday she wrote: go\nFrom: here it goes\n\n/upgrade pryv 1.6'],
  ])('follows what stands %s', (_, body) => {
    expect(commandOf(body)).toEqual(upgrade);
  });

  it.each([
    ['a fraction slash', '\u2044retry', 'U+2044', 1],
    ['a full-width slash, with spaces before it', '  \uFF0Fupgrade pryv 1.6', 'U+FF0F', 3],
    ['a division slash, below a quote', '> x\n\n\u2215retry', 'U+2215', 1],
    ['a Cyrillic letter', '/r\u0435try', 'U+0435', 3],
    ['an accent', '/d\u00E9ploy pryv', 'U+00E9', 3],
  ])('answers a line with %s, which looks like a command', (_, body, code, column) => {
    expect(mistakeOf(body)).toMatchObject({ kind: 'look_alike', code, column });
  });

  it.each(['dr\u0443run', '\u0501r\u0443run', '\uFF44\uFF52\uFF59\uFF52\uFF55\uFF4E', 'dr\u00FDrun', 'dry\u2010run'])(
    'takes %j for no value, but for a dry run written wrongly',
    (word) => {
      expect(mistakeOf(`/upgrade pryv 1.6 ${word}`)).toEqual({ kind: 'nearly_dryrun', word });
      expect(commandOf(`/upgrade pryv "${word}"`)).toEqual({ ...upgrade, positional: [word] });
    },
  );

  it('takes other words of other scripts for values', () => {
    expect(commandOf('/upgrade pryv \u043C\u043E\u0441\u043A\u0432\u0430')).toMatchObject({ kind: 'procedure' });
  });

  it('answers a command with a hidden part', () => {
    expect(mistakeOf('/upgrade pryv 1.6 <!-- dryrun -->')).toEqual({ kind: 'hidden_text' });
    expect(mistakeOf('/upgrade pryv 1.6 <!--\n-->')).toEqual({ kind: 'hidden_text' });
  });

  it('answers capitals and full stops', () => {
    expect(mistakeOf('/Retry')).toEqual({ kind: 'capitals', verb: 'Retry' });
    expect(mistakeOf('/rollback.')).toEqual({ kind: 'punctuation', verb: 'rollback', mark: '.' });
  });

  it.each([
    ['a tab', '/upgrade\tpryv 1.6', 'U+0009', 9],
    ['a tab before it', 'x\n\t/upgrade pryv 1.6', 'U+0009', 1],
    ['a no-break space', '/upgrade pryv\u00A01.6', 'U+00A0', 14],
    ['a zero-width space', '/re\u200Btry', 'U+200B', 4],
    ['a zero-width space before it', '\u200B/retry', 'U+200B', 1],
    ['a right-to-left override', '/upgrade pryv \u202E6.1', 'U+202E', 15],
    ['a soft hyphen', '/upgrade pry\u00ADv', 'U+00AD', 13],
    ['a byte order mark', '\uFEFF/retry', 'U+FEFF', 1],
    ['half a character', '/upgrade pryv \uD800', 'U+D800', 15],
    ['a line separator', '/upgrade pryv 1.6\u2028dryrun', 'U+2028', 18],
  ])('names %s instead of dropping it', (_, body, code, column) => {
    expect(mistakeOf(body)).toMatchObject({ kind: 'odd_character', code, column });
  });

  it('leaves a long pasted log alone, but answers a long comment that begins or ends with a command', () => {
    const log = '/tmp is full\n'.repeat(2_000);
    expect(parseComment(`This is what it said:\n\n${log}\nand so on`)).toEqual({ kind: 'ignore' });
    expect(mistakeOf(`${log.replaceAll('/', '')}\n\n/retry`)).toEqual({ kind: 'too_long', line: '/retry' });
  });

  it.each([
    ['a comment as long as GitHub takes', 65_536],
    ['a million characters', 1_000_000],
  ])('reads %s, which is followed in no part', (_, length) => {
    for (const unit of [
      'x',
      'x\n',
      '/a ',
      '> /retry\n',
      '- /retry\n',
      '`',
      '[',
      '<!-- ',
      '\u202E',
      '/retry\n',
      '&#47;',
      '**',
    ])
      expect(parseComment(unit.repeat(length / unit.length)).kind).not.toBe('command');
    for (const long of ['x', '\u200B', '"', '=', ' '])
      expect(parseComment(`/upgrade pryv ${long.repeat(length)}`).kind).toBe('mistake');
  });

  it('ignores long comments that are hard to read as Markdown without reading them', () => {
    for (const unit of ['> ', '1) ', '*a **b ', '[a](', '<!--'])
      expect(parseComment(`talk\n${unit.repeat(65_000 / unit.length)}\nfor /ever`)).toEqual({ kind: 'ignore' });
  });
});

describe('finding the command of any comment', () => {
  const line = fc.constantFrom('/upgrade pryv 1.6', '/retry', '/skip 20261122-7k3f p2', '/help', '/nonsense x y z');
  const talk = fc.constantFrom('', 'talk', 'a/b', '*x*', '', '# Title', '---', 'x `y` z');

  it('never throws, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string(),
          fc.array(fc.oneof(line, talk)).map((each) => each.join('\n')),
        ),
        (body) => {
          expect(['ignore', 'command', 'mistake']).toContain(parseComment(body).kind);
        },
      ),
    );
  });

  it('never throws on pieces of Markdown and odd characters put together', () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        'upgrade',
        ' ',
        'pryv',
        '\n',
        '\r\n',
        '> ',
        '- ',
        '1. ',
        '```',
        '`',
        '<!--',
        '-->',
        '<b>',
        '![',
        '](',
        '*',
        '_',
      ],
      ...[
        '\t',
        '\u00A0',
        '\u200B',
        '"',
        "'",
        '“',
        '=',
        'at',
        'dryrun',
        '\\',
        '&#47;',
        '\uD800',
        '\u0000',
        '---',
        '    ',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(['ignore', 'command', 'mistake']).toContain(parseComment(pieces.join('')).kind);
      }),
      { numRuns: 300 },
    );
  });

  it('never finds a command in code, quotes, lists or HTML comments', () => {
    const inside = fc.array(fc.oneof(line, talk), { minLength: 1, maxLength: 5 });
    const hidden = fc.oneof(
      inside.map((lines) => ['````', ...lines, '````']),
      inside.map((lines) => ['~~~~', ...lines, '~~~~']),
      inside.map((lines) => lines.map((each) => `> ${each}`)),
      inside.map((lines) => lines.map((each) => `- ${each}`)),
      inside.map((lines) => lines.map((each) => `* > ${each}`)),
      inside.map((lines) => lines.map((each) => `    ${each}`)),
      inside.map((lines) => ['<!--', ...lines, '-->']),
    );
    fc.assert(
      fc.property(fc.array(hidden, { minLength: 1, maxLength: 4 }), (parts) => {
        // An empty line and plain talk between them, so that none runs on into the next.
        const body = parts.map((lines) => lines.join('\n')).join('\n\ntalk\n\n');
        expect(parseComment(body)).toEqual({ kind: 'ignore' });
      }),
    );
  });
});
