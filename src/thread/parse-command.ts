import { type ParsedCommand, readCommandLine, readCommandWords } from './grammar.ts';

export type { ParsedCommand } from './grammar.ts';

/**
 * What the grammar knows and this version cannot do is refused here, at every entrance: a run asked for at six in the
 * morning must never start now because somebody looked at only half of the command.
 */
function withinThisVersion(parsed: ParsedCommand): ParsedCommand {
  if (parsed.kind === 'mistake' || parsed.command.kind !== 'procedure') return parsed;
  return parsed.command.at === undefined ? parsed : { kind: 'mistake', mistake: { kind: 'later_word', word: 'at' } };
}

/** Reads one line that begins with a command, e.g. `/upgrade pryv 1.6 dryrun`. */
export const parseCommandLine = (line: string): ParsedCommand => withinThisVersion(readCommandLine(line));

/** Reads a command that a shell has split into words, the verb first, e.g. `['upgrade', 'pryv', '1.6', 'dryrun']`. */
export const parseWords = (words: readonly string[]): ParsedCommand => withinThisVersion(readCommandWords(words));
