/**
 * POSIX extended regular expressions as far as they can be judged without a host: what is in doubt is left to the
 * host's own grep, which says it before anything is changed.
 */

export type EreVerdict =
  | { readonly kind: 'matches' }
  | { readonly kind: 'differs' }
  /** It is none, in words. */
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'unknown' };

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\r\\f\\v',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
};

/** Trying takes time in the power of the repetitions: past this the host is asked. */
const MOST_REPEATS = 3;
const LONGEST = 300;

/** Whether the expression matches somewhere in the line. */
export function ereMatches(ere: string, line: string): EreVerdict {
  const made = translated(ere);
  if ('kind' in made) return made;
  if (made.repeats > MOST_REPEATS || line.length > LONGEST || !isAscii(line)) return { kind: 'unknown' };
  try {
    return { kind: new RegExp(made.source).test(line) ? 'matches' : 'differs' };
  } catch {
    return { kind: 'unknown' };
  }
}

const isAscii = (text: string): boolean => /^[ -~\t]*$/.test(text);

type Translated = { readonly source: string; readonly repeats: number } | EreVerdict;

/** The same in JavaScript's words; `unknown` where those differ, or where GNU's own additions are used. */
function translated(ere: string): Translated {
  if (!isAscii(ere)) return { kind: 'unknown' };
  let source = '';
  let repeats = 0;
  let open = 0;
  let doubtful = false;
  for (let at = 0; at < ere.length;) {
    const bracket = ere[at] === '[' ? bracketAt(ere, at) : undefined;
    if (bracket !== undefined) {
      if ('kind' in bracket) return bracket;
      source += bracket.source;
      at = bracket.end;
      continue;
    }
    const [part = ''] = /^(?:\\.?|\{\d*,?\d*\}|[^])/.exec(ere.slice(at)) ?? [];
    at += part.length;
    if (part === '\\') return { kind: 'broken', why: 'it ends with a \\, which stands for nothing' };
    if (part === '(') open += 1;
    if (part === ')') {
      open -= 1;
      // A group that is repeated may take for ever to try; what is behind it decides.
      doubtful ||= /^[*+?{]/.test(ere.slice(at));
    }
    if (open < 0) return { kind: 'unknown' };
    if (/^[*+?]$|^\{.+\}$/.test(part)) {
      repeats += part === '?' ? 0 : 1;
      doubtful ||= /(?:^|[*+?({}|^])$/.test(source);
    }
    doubtful ||= /^\\[^\].[{}()*+?^$|/\\-]$/.test(part) || part === '{' || part === '{}';
    source += part.replace(/^\{,/, '{0,');
  }
  if (open > 0) return { kind: 'broken', why: 'a ( is not closed: write \\( for the sign itself' };
  return doubtful ? { kind: 'unknown' } : { source, repeats };
}

/** A `]` that comes first is but a sign. */
const BRACKET = /^\[(\^?)((?:\]|\[:[a-z]+:\]|[^\]])(?:\[:[a-z]+:\]|[^\]])*)\]/;

/** A bracket expression, in which a backslash is but a sign. */
function bracketAt(ere: string, from: number): { readonly source: string; readonly end: number } | EreVerdict {
  const [, not = '', inner] = BRACKET.exec(ere.slice(from)) ?? [];
  if (inner === undefined) return { kind: 'broken', why: 'a [ is not closed: write \\[ for the sign itself' };
  if (/\[[.=]|^:.*:$/.test(inner)) return { kind: 'unknown' };
  const parts = inner.match(/\[:[a-z]+:\]|[^]/g) ?? [];
  const made = parts.map((part) => (part.length > 1 ? CLASSES[part.slice(2, -2)] : part.replace(/[\\\]^[]/, '\\$&')));
  if (made.includes(undefined)) return { kind: 'unknown' };
  return { source: `[${not}${made.join('')}]`, end: from + 1 + not.length + inner.length + 1 };
}
