import { asSeen, findLookAlike, findOdd, withSlash } from './characters.ts';
import { findLines, type SourceLine, splitLines } from './find-lines.ts';
import { endOfMail } from './mail.ts';
import type { Mistake } from './mistake.ts';
import { parseCommandLine, type ParsedCommand } from './parse-command.ts';
import { verbOf } from './verbs.ts';

/**
 * Characters of a comment in which commands are looked for. Reading Markdown takes time by the square of the length for
 * comments made to hurt (half a minute at GitHub's own limit), and who commands writes short.
 */
const LONGEST_COMMENT = 8_000;

/** How a line looks that somebody meant as a command, rightly written or not. */
const LOOKS_LIKE = /^ *\/(\p{L}[\p{L}-]*)([.,;:!?]*)(?= |$)/u;

export type ParsedComment = ParsedCommand | { readonly kind: 'ignore' };

/**
 * What a comment asks for. `ignore`: nothing in it looks like a command. `mistake`: something does, and cannot be
 * followed; it is answered. Never throws.
 * @param body the comment as its author wrote it.
 */
export function parseComment(body: string): ParsedComment {
  // Most comments are talk; they need no Markdown.
  const source = splitLines(body);
  if (!source.some(meantAsCommand)) return { kind: 'ignore' };
  if (body.length > LONGEST_COMMENT) return parseLong(source);
  const lines = findLines(body).filter(
    ({ text, within }) => meantAsCommand(text) && (within === 'top' || isBare(text)),
  );
  const commands = lines.filter(({ within }) => within === 'top');
  const [line = lines[0], second] = commands;
  if (line === undefined) return { kind: 'ignore' };
  if (second !== undefined) return mistake({ kind: 'several', lines: commands.map(({ text }) => text.trim()) });
  if (line.index > endOfMail(source)) return mistake({ kind: 'in_mail', line: line.text.trim() });
  return parseLine(line);
}

/** A long comment is mostly a pasted log: only a command that begins or ends it was surely meant as one. */
function parseLong(source: readonly string[]): ParsedComment {
  const written = source.filter((line) => line.trim() !== '');
  const ends = [written[0], written.at(-1)].filter((line) => line !== undefined && meantAsCommand(line));
  const [line] = ends;
  return line === undefined ? { kind: 'ignore' } : mistake({ kind: 'too_long', line: line.trim() });
}

function parseLine({ text, within, hidesText }: SourceLine): ParsedComment {
  if (within !== 'top') return mistake({ kind: 'swallowed', line: text.trim(), by: within });
  if (hidesText) return mistake({ kind: 'hidden_text' });
  const alike = findOdd(text) === undefined ? findLookAlike(text) : undefined;
  if (alike !== undefined) return mistake({ kind: 'look_alike', ...alike });
  const [, verb = '', mark = ''] = LOOKS_LIKE.exec(text) ?? [];
  if (mark !== '') return mistake({ kind: 'punctuation', verb: verb.toLowerCase(), mark });
  if (verb !== verb.toLowerCase()) return mistake({ kind: 'capitals', verb });
  return parseCommandLine(text);
}

/** With punctuation behind it only Changeover's own verbs count: `/etc.` in a sentence is a folder. */
function meantAsCommand(text: string): boolean {
  const [, verb = '', mark = ''] = LOOKS_LIKE.exec(withSlash(asSeen(text))) ?? [];
  return verb !== '' && (mark === '' || verbOf(verb.toLowerCase()).kind !== 'procedure');
}

/** A line in a quote or list with no mark and no indent of it: its author did not mean it to belong there. */
const isBare = (text: string): boolean => withSlash(text).startsWith('/');

const mistake = (value: Mistake): ParsedComment => ({ kind: 'mistake', mistake: value });
