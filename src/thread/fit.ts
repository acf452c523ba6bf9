import type { OutputRoom } from './output.ts';

/** How much a comment says. Every size is bounded, so that the last level is short whatever a run holds. */
export interface Detail {
  readonly output: OutputRoom;
  /** Outputs, scripts and diffs shown in full. */
  readonly blocks: number;
  /** Tables of what was wanted and found: short beside outputs, and what people look for days later. */
  readonly tables: number;
  /** Rows of a table; past it steps are summed up, then counted. */
  readonly rows: number;
  /** Characters of a script, a diff or a text that procedures hold. */
  readonly text: number;
  readonly timeline: boolean;
}

/** From the most to the least. */
const LEVELS: readonly Detail[] = [
  { output: { head: 1_500, tail: 3_000 }, blocks: 40, tables: 40, rows: 200, text: 8_000, timeline: true },
  { output: { head: 1_000, tail: 2_000 }, blocks: 25, tables: 40, rows: 150, text: 4_000, timeline: true },
  { output: { head: 600, tail: 1_500 }, blocks: 20, tables: 40, rows: 120, text: 2_000, timeline: true },
  { output: { head: 300, tail: 1_000 }, blocks: 12, tables: 40, rows: 100, text: 1_000, timeline: false },
  { output: { head: 200, tail: 800 }, blocks: 6, tables: 20, rows: 60, text: 500, timeline: false },
  { output: { head: 0, tail: 400 }, blocks: 3, tables: 6, rows: 30, text: 200, timeline: false },
  { output: { head: 0, tail: 200 }, blocks: 1, tables: 1, rows: 12, text: 100, timeline: false },
];

/** What there is room for, in its order: those that went wrong first of all, then the latest. */
export function mostWorthy<Part>(
  all: readonly Part[],
  wentWrong: (part: Part) => boolean,
  room: number,
): { readonly shown: readonly Part[]; readonly left: number } {
  const kept = new Set(all.toSorted((one, other) => Number(wentWrong(one)) - Number(wentWrong(other))).slice(-room));
  return { shown: all.filter((part) => kept.has(part)), left: all.length - kept.size };
}

/** GitHub takes 65,536; a margin is kept for how it counts. */
export const LONGEST = 60_000;

/**
 * Renders with as much detail as a comment has room for. Less is rendered anew rather than the text being cut: a cut
 * would take the end of a code block, or of the line that says what to type.
 */
export function fit(render: (detail: Detail) => string): string {
  let text = '';
  for (const level of LEVELS) {
    text = render(level);
    if (text.length <= LONGEST) return text;
  }
  return text;
}
