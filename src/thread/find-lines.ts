import type { Nodes, Parents } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';

/** A source line of a comment that a reader sees as text at the top level, or as swallowed by a quote or list. */
export interface SourceLine {
  /** From 0. */
  readonly index: number;
  readonly text: string;
  readonly within: 'top' | 'quote' | 'list';
  /** An HTML comment begins or stands in it: its reader does not see all of it. */
  readonly hidesText: boolean;
}

/** Lines as Markdown counts them. */
export const splitLines = (body: string): readonly string[] => body.split(/\r\n|\r|\n/);

/**
 * The lines of a comment that can hold a command, as they stand in its source: those of top-level paragraphs and
 * headings, and those that Markdown counts to the quote or list above although they carry no mark of it. A line is left
 * out where its begin lies in code, in HTML or in an image.
 */
export function findLines(body: string): readonly SourceLine[] {
  const source = splitLines(body);
  const lines: SourceLine[] = [];
  const visit = (node: Nodes, within: SourceLine['within']): void => {
    if (node.type === 'paragraph' || node.type === 'heading') lines.push(...linesOf(node, source, within));
    else if ('children' in node) {
      const inside = node.type === 'blockquote' ? 'quote' : node.type === 'list' ? 'list' : within;
      for (const child of node.children) visit(child, inside);
    }
  };
  visit(fromMarkdown(body), 'top');
  return lines;
}

function linesOf(node: Parents, source: readonly string[], within: SourceLine['within']): SourceLine[] {
  const { position } = node;
  if (position === undefined) return [];
  const opaque = opaqueSpans(node);
  const lines: SourceLine[] = [];
  for (let number = position.start.line; number <= position.end.line; number += 1) {
    const text = source[number - 1] ?? '';
    if (opaque.some((span) => span.from < number && number <= span.to)) continue;
    const hidesText = opaque.some((span) => span.hidden && span.from <= number && number <= span.to);
    lines.push({ index: number - 1, text, within, hidesText });
  }
  return lines;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly hidden: boolean;
}

/** Lines over which code, HTML, links and images stretch; a line that begins inside one is no text of its own. */
function opaqueSpans(node: Parents): readonly Span[] {
  return node.children.flatMap((child) => {
    if (child.type === 'emphasis' || child.type === 'strong') return opaqueSpans(child);
    if (child.type === 'text' || child.type === 'break' || child.position === undefined) return [];
    const hidden = child.type === 'html' && child.value.startsWith('<!--');
    return [{ from: child.position.start.line, to: child.position.end.line, hidden }];
  });
}
