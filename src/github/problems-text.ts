import type { Problem } from '../language/types.ts';
import { code } from '../thread/markdown.ts';
import { worded } from './worded.ts';

/** Longest list of problems that helps anybody. */
const SHOWN = 50;

/** What is wrong with the repository's files, each with its place. */
export function problemsText(problems: readonly Problem[]): string {
  const lines = problems.slice(0, SHOWN).map(({ place: { file, line, column }, message }) => {
    return `- ${code(`${file}:${String(line)}:${String(column)}`)}: ${worded([message])}`;
  });
  const rest = problems.length - SHOWN;
  return [
    '**These files have to be put right first, on the default branch:**',
    [...lines, ...(rest > 0 ? [`- and ${String(rest)} more`] : [])].join('\n'),
    '`changeover lint` says the same at a terminal.',
  ].join('\n\n');
}
