import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Document, Scalar } from 'yaml';
import { LARGEST_FILE, readYaml } from '../../src/language/yaml-file.ts';
import { told } from './told.ts';

const data = (text: string): unknown => {
  const read = readYaml(text, 'a.yml');
  return read.ok ? read.value.data : told(read);
};

describe('YAML', () => {
  it('is that of 1.2: yes and no are texts, and dates are texts', () => {
    expect(data('a: yes\nb: no\nc: on\nd: 2021-06-02\ne: 12:30:00\nf: true\n')).toEqual({
      ...{ a: 'yes', b: 'no', c: 'on', d: '2021-06-02', e: '12:30:00', f: true },
    });
    expect(data('on: web\nyes: 1')).toEqual({ on: 'web', yes: 1 });
  });

  it('keeps how a number is written, since 1.10 is 1.1 and 0640 is 640', () => {
    const read = readYaml('a: 1.10\nb: 0640\nc: 0o640\n', 'a.yml');
    expect(read).toMatchObject({ ok: true, value: { data: { a: 1.1, b: 640, c: 416 } } });
    if (read.ok) expect([read.value.written(['a']), read.value.written(['b'])]).toEqual(['1.10', '0640']);
  });

  it('is read with a byte order mark, Windows line ends and anchors', () => {
    expect(data('\ufeffa: &x [1, 2]\r\nb: *x\r\n')).toEqual({ a: [1, 2], b: [1, 2] });
    expect(data('a: &x 1\nb: &x 2\nc: *x\n')).toEqual({ a: 1, b: 2, c: 2 });
    expect(data('')).toBeNull();
  });

  it.each([
    ['a: 1\nb: 2\na: 3\n', ['3:1 the key "a" stands twice in this map: take one of them out']],
    ['a:\n\tb: 1\n', ['2:1 YAML is indented with spaces: replace the tab']],
    ['a: |\n  b\n\tc: 1\nd:\n  e: 1\n', ['3:1 YAML is indented with spaces: replace the tab']],
    ['a:\n  b: |\n    c\n\td: 1\n  e: 1\n', ['4:1 YAML is indented with spaces: replace the tab']],
    ['a: 1\n---\nb: 1\n', ['2:1 a file holds one document: take out the line --- and what follows it']],
    ['a: !secret x\n', ['1:4 no tag (!…) can stand here: take it out, or quote the text that begins with !']],
    ['a: *nowhere\n', ['1:4 there is no anchor for this alias; a text that begins with * or & must be quoted']],
    ['1: a\n', ["1:1 quote this key, '1': without quotes YAML makes it something else than a text"]],
    ['? [a]\n: b\n', ['1:3 a key is a plain word: no list, map or alias']],
    ['__proto__: {a: 1}\n', ['1:1 no key can be called __proto__']],
    [
      'a: [.inf, .nan]\n',
      [
        '1:5 .inf is no number that can be used: quote it, if a text is meant',
        '1:11 .nan is no number that can be used: quote it, if a text is meant',
      ],
    ],
    // Such a value could be given to no host and written in no journal.
    [
      'a: "\\uD83D"\n"\\uDE00": b\n',
      [
        '1:4 this text holds half of a character (a lone surrogate, such as \\ud83d without the \\ude00 that belongs to it): write the whole character',
        '2:1 this key holds half of a character (a lone surrogate, such as \\ud83d without the \\ude00 that belongs to it): write the whole character',
      ],
    ],
    ['a: &x [*x]\n', ['1:7 this value contains itself, through an alias']],
    ['a: b: c\n', ['1:4 not YAML: nested mappings are not allowed in compact mappings']],
    ['a: "b\n', ['2:1 not YAML: missing closing "quote']],
    ['a: `b`\n', ['1:4 not YAML: plain value cannot start with reserved character `']],
    ['a: %b\n', ['1:4 not YAML: plain value cannot start with directive indicator character %']],
  ])('%j is told with its place', (text, problems) => {
    expect(data(text)).toEqual(problems);
  });

  it('merges nothing: << is a key like any other', () => {
    expect(data('a: &x {b: 1}\nc:\n  <<: *x\n')).toEqual({ a: { b: 1 }, c: { '<<': { b: 1 } } });
  });

  it('is bounded, however small the file that would blow it up', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
    for (let at = 1; at < 12; at += 1) {
      lines.push(
        `a${String(at)}: &a${String(at)} [${Array(9)
          .fill(`*a${String(at - 1)}`)
          .join(',')}]`,
      );
    }
    expect(data(lines.join('\n'))).toEqual([expect.stringContaining('its aliases make it so')]);
    expect(data(`a: ${'['.repeat(100_000)}`)).toEqual([expect.stringContaining('nested too deeply')]);
    expect(data(`a: ${'x'.repeat(1_048_576)}`)).toEqual([
      `1:1 the file is larger than ${String(LARGEST_FILE)} characters`,
    ]);
  });

  it('never throws, whatever text is given', () => {
    const pieces = [
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '|',
      '>',
      '"',
      "'",
      '#',
      '!',
      '%',
      '\t',
      '? ',
      '---',
      ',',
      '<<',
      '\0',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((each) => each.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const read = readYaml(given, 'a.yml');
        if (read.ok) return;
        expect(read.problems.length).toBeGreaterThan(0);
        for (const { place } of read.problems) expect(Math.min(place.line, place.column)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the place of an expression', () => {
  const styles = ['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const;

  it('is right in every way in which a text can be written', () => {
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom("it's", 'a\\b', '"', '\n', '  ', 'é', '#', ': ', '\t', 'word'),
          fc.string({ maxLength: 8 }),
        ),
        { maxLength: 20 },
      )
      .map((each) => each.join(''));
    fc.assert(
      fc.property(text, text, fc.constantFrom(...styles), (before, after, style) => {
        const whole = `${before.replaceAll('§', '')}§param§${after.replaceAll('§', '')}`;
        const scalar = new Scalar(whole);
        scalar.type = style;
        const source = new Document({ list: [{ key: scalar }] }).toString({ lineWidth: 40 });
        const read = readYaml(source, 'a.yml');
        if (!read.ok || read.value.at(['list', 0, 'key']) !== whole) return;
        const { line, column } = read.value.placeAt(['list', 0, 'key'], whole.indexOf('§param'));
        const found = source.split('\n')[line - 1]?.slice(column - 1);
        // In double quotes the writer may escape what is not ASCII.
        expect(found?.replace('\\xa7', '§')).toMatch(/^§/);
      }),
      { numRuns: 400 },
    );
  });
});
