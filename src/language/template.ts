/**
 * Texts with `${{ … }}` in them. As at GitHub, an expression ends at the first `}}` that is not inside one of its
 * single-quoted strings.
 */

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** `offset`: where `source` begins in the whole text. */
  | { readonly kind: 'expr'; readonly source: string; readonly offset: number };

export type Template =
  | { readonly ok: true; readonly parts: readonly Part[] }
  /** `offset`: where the `${{` that is never closed begins. */
  | { readonly ok: false; readonly offset: number };

const OPEN = '${{';
const CLOSE = '}}';

export const hasExpression = (text: string): boolean => text.includes(OPEN);

export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf(OPEN, at);
    if (open < 0) break;
    const close = endOfExpression(text, open + OPEN.length);
    if (close === undefined) return { ok: false, offset: open };
    if (open > at) parts.push({ kind: 'text', text: text.slice(at, open) });
    const offset = open + OPEN.length;
    parts.push({ kind: 'expr', source: text.slice(offset, close), offset });
    at = close + CLOSE.length;
  }
  if (at < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(at) });
  return { ok: true, parts };
}

function endOfExpression(text: string, from: number): number | undefined {
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith(CLOSE, at)) return at;
    // No expression has another within it: this one was left open, and the next one's end is not its own.
    else if (!quoted && text.startsWith(OPEN, at)) return undefined;
  }
  return undefined;
}
