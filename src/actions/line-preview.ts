import { refusal, seenIn, shown } from './seen.ts';
import type { Look, Preview } from './types.ts';

/** Longer lines are cut in the diff. */
const LONGEST = 400;

/** What `line` would change, as a diff made from what its probe printed of the file. */
export function previewLine(look: Look, env: Readonly<Record<string, string>>): Preview {
  if (look.exitCode !== 0 && look.exitCode !== 1) return { kind: 'text', text: refusal(look.stderr) };
  const path = shown(env['CO_PATH'] ?? '');
  if (look.exitCode === 0) return { kind: 'nothing', text: `the line stands in ${path}` };
  const seen = seenIn(look.stdout);
  const above = linesOf(seen['above']);
  const below = linesOf(seen['below']);
  const old = seen['at'] === undefined ? [] : [decoded(seen['old']).replace(/\r$/, '')];
  const from = seen['at'] === undefined ? Number(seen['lines'] ?? 0) + 1 : Number(seen['at']);
  const [before, after] = [above.length + old.length + below.length, above.length + 1 + below.length];
  return {
    kind: 'diff',
    text: [
      `--- ${path}`,
      `+++ ${path}`,
      `@@ -${start(from - above.length, before)},${before} +${from - above.length},${after} @@`,
      ...above.map((each) => ` ${cut(each)}`),
      ...old.map((each) => `-${cut(each)}`),
      `+${cut(env['CO_LINE'] ?? '')}`,
      ...below.map((each) => ` ${cut(each)}`),
    ].join('\n'),
  };
}

/** As diff writes it: of nothing, the line before. */
const start = (line: number, count: number): number => (count === 0 ? line - 1 : line);

const decoded = (content: string | undefined): string => Buffer.from(content ?? '', 'base64').toString('utf8');

const linesOf = (content: string | undefined): readonly string[] => {
  const lines = decoded(content).replaceAll('\r\n', '\n').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
};

const cut = (line: string): string => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line);
