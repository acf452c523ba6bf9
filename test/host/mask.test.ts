import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Mask } from '../../src/engine/ports.ts';
import { maskOf } from '../../src/host/mask.ts';
import { spawnSync } from '../support/run-sync.ts';

/** What comes of a stream that arrives in pieces of these lengths. */
function inPieces(mask: Mask, bytes: Buffer, lengths: readonly number[]): Buffer {
  const masker = mask.stream(0);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    parts.push(masker.take(bytes.subarray(at, at + length)).bytes);
    at += length;
  }
  parts.push(masker.take(bytes.subarray(at)).bytes, masker.end(false).bytes);
  return Buffer.concat(parts);
}

const shell = (script: string, secret: string, program = 'bash'): string => {
  const { stdout, stderr, status } = spawnSync(program, ['-c', script], { env: { ...process.env, S: secret } });
  if (status !== 0) throw new Error(stderr.toString());
  return `${stdout.toString()}${stderr.toString()}`;
};

/** A secret with all that anybody quotes. */
const AWKWARD = `it's "$(x)" \\ \`y\` <&> 50% a/b+c é€`;

describe('a mask', () => {
  it('hides a secret wherever it stands, and a row of them by one mask', () => {
    const mask = maskOf(['hunter22', 'word', 'wordy']);
    expect(mask.text('a hunter22 b')).toBe('a *** b');
    expect(mask.text('hunter22hunter22 hunter22')).toBe('*** ***');
    expect(mask.text('wordywordhunter2')).toBe('***hunter2');
    expect(mask.text('nothing')).toBe('nothing');
  });

  it('hides all of secrets that overlap', () => {
    expect(maskOf(['abcdef', 'defghi']).text('.abcdefghi.')).toBe('.***.');
    expect(maskOf(['abab']).text('.ababab.')).toBe('.***.');
  });

  it('hides the beginning of one only where the output was cut there', () => {
    const mask = maskOf(['hunter22']);
    expect(mask.text('it is hunter2')).toBe('it is hunter2');
    expect(mask.text('it is hunter2', true)).toBe('it is ***');
    expect(mask.text('it is hun', true)).toBe('it is hun');
  });

  it.each([
    ['as it is', 'printf %s "$S"'],
    ['printf %q of bash', 'printf %q "$S"'],
    ['@Q of bash', 'printf %s "${S@Q}"'],
    ['set -x of bash', 'set -x; : "$S"'],
    ['base64', 'printf %s "$S" | base64'],
    ['base64 with a line end', 'echo "$S" | base64'],
    ['base64 of a header', 'printf %s "user:$S" | base64 -w0'],
    ['base64 behind one byte', 'printf %s ".$S" | base64 -w0'],
    ['base64 behind two bytes, with more behind', 'printf %s "..$S and more" | base64 -w0'],
    ['base64 in lines of five', 'printf %s "..$S and more" | base64 -w5'],
    ['base64 of addresses', 'printf %s "$S" | basenc --base64url -w0'],
  ])('hides %s', (_what, script) => {
    const printed = shell(script, AWKWARD);
    const masked = maskOf([AWKWARD]).text(printed);
    expect(masked).toContain('***');
    // A character of base64 at each end at most, and what was printed around it.
    const left = masked.replaceAll('***', '').replaceAll(/\s/g, '');
    expect(left).toMatch(/^(\+:)?['"$]*[\w+/=-]{0,22}['"]*$/);
  });

  it('hides what dash shows with set -x', () => {
    expect(maskOf(["it's so"]).text(shell('set -x; : "$S"', "it's so", 'dash'))).not.toContain('s so');
  });

  it.each([
    ['JSON', JSON.stringify(AWKWARD)],
    ['JSON in ASCII', JSON.stringify(AWKWARD).replaceAll('é', '\\u00e9').replaceAll('€', '\\u20ac')],
    [
      'JSON for a page',
      JSON.stringify(AWKWARD).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
    ],
    ['an address', `"${encodeURIComponent(AWKWARD)}"`],
    [
      'an address in small letters',
      `"${encodeURIComponent(AWKWARD).replaceAll(/%../g, (code) => code.toLowerCase())}"`,
    ],
    ['a form', `"${new URLSearchParams({ a: AWKWARD }).toString().slice(2)}"`],
  ])('hides %s', (_what, text) => {
    expect(maskOf([AWKWARD]).text(text)).toBe('"***"');
  });

  it('hides each line of a key', () => {
    const key = '-----BEGIN KEY-----\nMIIabcdefg\nhij\n-----END KEY-----\n';
    const mask = maskOf([key]);
    expect(mask.text(`<${key}>`)).toBe('<***>');
    expect(mask.text('line MIIabcdefg, line hij')).toBe('line ***, line hij');
    expect(mask.text(key.replaceAll('\n', '\r\n'))).toBe('***');
    expect(mask.text(`"${JSON.stringify(key).slice(1, -1)}"`)).toBe('"***"');
  });

  const secrets = fc.array(
    fc.string({ unit: fc.constantFrom('a', 'b', "'", '\n', ' ', 'é'), minLength: 4, maxLength: 9 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  /** Text in which secrets, and pieces of them, stand close together. */
  const around = (values: readonly string[]): fc.Arbitrary<string> =>
    fc
      .array(
        fc.oneof(
          fc.string({ unit: fc.constantFrom('a', 'b', "'", '\n', 'x'), maxLength: 4 }),
          fc.constantFrom(...values),
          fc.constantFrom(...values).map((value) => Buffer.from(`.${value}`).toString('base64')),
          fc.constantFrom(...values).map((value) => value.slice(0, -1)),
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(''));
  const story = secrets.chain((values) =>
    fc.record({
      values: fc.constant(values),
      text: around(values),
      lengths: fc.array(fc.nat({ max: 5 }), { maxLength: 40 }),
      stop: fc.nat({ max: 60 }),
    }),
  );

  it('gives the same however the output arrives', () => {
    fc.assert(
      fc.property(story, ({ values, text, lengths }) => {
        const mask = maskOf(values);
        expect(inPieces(mask, Buffer.from(text), lengths).toString()).toBe(mask.text(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the same to a worker who goes on where another had let the output go', () => {
    fc.assert(
      fc.property(story, ({ values, text, lengths, stop }) => {
        const mask = maskOf(values);
        const bytes = Buffer.from(text);
        const first = mask.stream(0);
        let [before, upTo, at] = [Buffer.alloc(0), 0, 0] as [Buffer, number, number];
        for (const length of lengths) {
          if (at + length > stop) break;
          const released = first.take(bytes.subarray(at, at + length));
          at += length;
          before = Buffer.concat([before, released.bytes]);
          upTo = released.upTo;
        }
        const second = mask.stream(upTo);
        const after = [second.take(bytes.subarray(upTo)).bytes, second.end(false).bytes];
        expect(Buffer.concat([before, ...after]).toString()).toBe(mask.text(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves no form of a secret, and all else as it was', () => {
    fc.assert(
      fc.property(secrets, fc.array(fc.string({ unit: fc.constantFrom('X', 'Y', '\n') })), (values, between) => {
        const mask = maskOf(values);
        const parts = between.flatMap((text, at) => [`<${text}>`, values[at % values.length] ?? '']);
        const masked = mask.text(parts.join(''));
        for (const value of values) expect(masked).not.toContain(value);
        expect(masked.replaceAll('***', '')).toBe(between.map((text) => `<${text}>`).join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('holds back no more than the longest form, whatever comes', () => {
    const mask = maskOf(['aaaaaaaa', 'hunter22hunter22']);
    const masker = mask.stream(0);
    const before = process.memoryUsage().arrayBuffers;
    for (let piece = 0; piece < 60; piece += 1) {
      const text = piece % 2 === 0 ? 'x'.repeat(65_536) : `${'\n'.repeat(30_000)}aHVudGVy${'\n'.repeat(30_000)}`;
      const released = masker.take(Buffer.from(text)).upTo;
      expect(masker.taken - released).toBeLessThan(200);
    }
    // A row of secrets without an end is not let go, and not held either.
    for (let piece = 0; piece < 60; piece += 1) masker.take(Buffer.alloc(65_536, 'a'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(masker.end(false)).toMatchObject({ upTo: masker.taken });
  });
});
