/** What a reader cannot see, or cannot tell from a space: controls, formats, fillers, separators, half characters. */
const ODD = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/u;

const NAMES: Readonly<Record<string, string>> = {
  '0009': 'a tab',
  '00A0': 'a no-break space',
  '00AD': 'a soft hyphen',
  '200B': 'a zero-width space',
  '200C': 'a zero-width non-joiner',
  '200D': 'a zero-width joiner',
  '200E': 'a left-to-right mark',
  '200F': 'a right-to-left mark',
  '202A': 'a left-to-right embedding',
  '202B': 'a right-to-left embedding',
  '202C': 'the end of a change of direction',
  '202D': 'a left-to-right override',
  '202E': 'a right-to-left override',
  '202F': 'a narrow no-break space',
  '2060': 'a word joiner',
  '2066': 'a left-to-right isolate',
  '2067': 'a right-to-left isolate',
  '2068': 'a first strong isolate',
  '2069': 'the end of an isolate',
  '3000': 'a wide space',
  FE0F: 'an invisible emoji selector',
  FEFF: 'a byte order mark',
};

/** `U+200B`. */
export const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** What to call it where its number alone would tell a reader nothing. */
function nameOf(character: string): string {
  const name = NAMES[codeOf(character).slice(2)];
  if (name !== undefined) return name;
  if (/\p{Zs}/u.test(character)) return 'a space of another width';
  if (/\p{Cs}/u.test(character)) return 'half a character';
  return /\p{Cc}|\p{Zl}|\p{Zp}/u.test(character) ? 'a control character' : 'an invisible character';
}

/** What is drawn like `/` and is another character: of fractions, division, box drawing, full-width … */
const SLASH_LIKE = /^[\u1735\u2041\u2044\u2215\u2571\u27CB\u29F8\u2CC6\uFF0F]/u;

/** A character that only looks like one of those that commands are made of. */
export interface LookAlike {
  readonly character: string;
  readonly code: string;
  /** From 1. */
  readonly column: number;
}

/**
 * The first character before a line's first space, or before its end, that is drawn like the slash of a command or is a
 * letter but none of its verb, as somebody who copied the line from elsewhere cannot see.
 */
export function findLookAlike(line: string): LookAlike | undefined {
  const start = /^ */.exec(line)?.[0].length ?? 0;
  let column = start + 1;
  for (const character of line.slice(start)) {
    if (character === ' ') return undefined;
    const isAlike = column === start + 1 ? SLASH_LIKE.test(character) : /(?![A-Za-z])\p{L}/u.test(character);
    if (isAlike) return { character, code: codeOf(character), column };
    column += 1;
  }
  return undefined;
}

/** The line with a slash at its begin where there is what looks like one. Only ever used to recognise, never to run. */
export const withSlash = (line: string): string =>
  line.replace(/^( *)(\S)/u, (all, spaces: string, first: string) => (SLASH_LIKE.test(first) ? `${spaces}/` : all));

export interface OddCharacter {
  readonly code: string;
  readonly name: string;
  /** From 1. */
  readonly column: number;
}

/** The first odd character of a line. */
export function findOdd(line: string): OddCharacter | undefined {
  let column = 1;
  for (const character of line) {
    if (ODD.test(character)) return { code: codeOf(character), name: nameOf(character), column };
    column += 1;
  }
  return undefined;
}

/** The line as a reader takes it: odd spaces as spaces, what is invisible gone. Only ever used to recognise, never to run. */
export function asSeen(line: string): string {
  let seen = '';
  for (const character of line) {
    if (character === '\t' || /\p{Zs}/u.test(character)) seen += ' ';
    else if (!ODD.test(character)) seen += character;
  }
  return seen;
}
