/** Forms in which a secret may be printed. A text is masked wherever one of them stands. */

/** Shorter values would be masked in every other word, or not at all. In bytes. */
export const SHORTEST_SECRET = 4;
/** A line of a secret of several lines is masked by itself from this length on: `{` and `fi` are no secrets. In bytes. */
const SHORTEST_LINE = 6;
/** Fewer characters of base64 say nothing. */
const SHORTEST_CODE = 4;

interface SecretForms {
  /** As they stand, byte for byte. */
  readonly plain: readonly Buffer[];
  /** Base64, which programs break into lines: they may stand with line breaks between any two characters. */
  readonly broken: readonly Buffer[];
}

/** All forms of these values, each once. */
export function formsOf(values: readonly string[]): SecretForms {
  const texts = unique(values.flatMap(partsOf));
  return {
    plain: unique(texts.flatMap(writings)).map((text) => Buffer.from(text)),
    broken: unique(texts.flatMap((text) => base64s(Buffer.from(text)))).map((text) => Buffer.from(text)),
  };
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** The value, what is left of it without space around it, and its lines. */
function partsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/);
  const several = lines.length > 1 ? lines.map((line) => line.trim()) : [];
  return [
    ...[value, value.trim()].filter((part) => Buffer.byteLength(part) >= SHORTEST_SECRET),
    ...several.filter((line) => Buffer.byteLength(line) >= SHORTEST_LINE),
  ];
}

/** As it is, as shells quote it, in an address, in JSON. What each puts around it is no part of it. */
function writings(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(/[\u0080-\uFFFF]/g, escaped);
  const url = encodeURIComponent(text);
  const strict = url.replaceAll(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = unique([url, strict, strict.replaceAll('%7E', '~')]).flatMap((each) => [
    each,
    each.replaceAll('%20', '+'),
  ]);
  return [
    text,
    text.replaceAll('\n', '\r\n'),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll(/["$\\`]/g, String.raw`\$&`),
    text.replaceAll(/["$\\`!]/g, String.raw`\$&`),
    text.replaceAll(/[^\w@%+=:./\-\u0080-\uFFFF]/g, String.raw`\$&`),
    // As bash's printf %q leaves "~" and "#" within a word alone.
    text.replaceAll(/(?<!^)[~#]|[^\w@%+=:./\-~#\u0080-\uFFFF]|^[~#]/g, (char, at: number) =>
      at > 0 && (char === '~' || char === '#') ? char : `\\${char}`,
    ),
    // $'…', of bash's printf %q and set -x, where there are control characters.
    text.replaceAll(/['\\\n\t\r]/g, (char) => ANSI_C[char] ?? char),
    // The same where the shell's locale knows ASCII only.
    text.replaceAll(/['\\\n\t\r]|[\u0080-\u{10FFFF}]/gu, (char) => ANSI_C[char] ?? octal(char)),
    json,
    json.replaceAll('/', String.raw`\/`),
    json.replaceAll(/[<>&]/g, escaped),
    ascii,
    ascii.replaceAll(/[<>&]/g, escaped),
    ...urls,
    ...urls.map((each) => each.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
  ];
}

const ANSI_C: Readonly<Record<string, string>> = {
  "'": String.raw`\'`,
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\t': String.raw`\t`,
  '\r': String.raw`\r`,
};

/** Each byte of its UTF-8 by its octal number, as bash writes them. */
const octal = (char: string): string =>
  [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Base64 of these bytes wherever they stand in what is encoded: after a number of bytes that is 0, 1 or 2 more than a
 * multiple of three. Only the characters that rest on nothing else, and where it ends what is encoded also the last.
 */
function base64s(bytes: Buffer): readonly string[] {
  const codes = [0, 1, 2].flatMap((before) => {
    const code = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6));
    const own = Math.floor(((before + bytes.length) * 8) / 6) - Math.ceil((before * 8) / 6);
    return [code.slice(0, own), code, code.replace(/=+$/, '')];
  });
  return codes
    .filter((code) => code.length >= SHORTEST_CODE)
    .flatMap((code) => [code, code.replaceAll('+', '-').replaceAll('/', '_')]);
}
