import type { Problem } from '../language/types.ts';
import { LONGEST } from '../thread/fit.ts';
import { code } from '../thread/markdown.ts';
import { worded } from './worded.ts';

/** Longest list of problems that helps anybody. */
const SHOWN = 50;
/** Room for a problem; a longer one is read at the terminal. */
const LONGEST_LINE = 2_000;

/** What is wrong with the repository's files, each with its place; as many as there is room for. */
export const problemsText = (problems: readonly Problem[]): string => withProblems('', problems);

/** An answer, and under it what is wrong with the repository's files, should anything be: the fewer the longer it is. */
export function withProblems(answer: string, problems: readonly Problem[]): string {
  if (problems.length === 0) return answer;
  const blocks = answer === '' ? [] : [answer];
  for (let shown = SHOWN; shown > 0; shown = Math.floor(shown / 2)) {
    const text = [...blocks, listOf(problems, shown)].join('\n\n');
    if (text.length <= LONGEST) return text;
  }
  return [...blocks, listOf(problems, 0)].join('\n\n');
}

function listOf(problems: readonly Problem[], shown: number): string {
  const lines = problems.slice(0, shown).map(lineOf);
  const rest = problems.length - lines.length;
  return [
    '**These files have to be put right first, on the default branch:**',
    [...lines, ...(rest > 0 ? [`- ${lines.length === 0 ? '' : 'and '}${String(rest)} more`] : [])].join('\n'),
    '`changeover lint` says the same at a terminal.',
  ].join('\n\n');
}

function lineOf({ place: { file, line, column }, message }: Problem): string {
  const place = code(`${file}:${String(line)}:${String(column)}`);
  const text = `- ${place}: ${worded([message])}`;
  return text.length <= LONGEST_LINE ? text : `- ${place}: too long to be said here`;
}
