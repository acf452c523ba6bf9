/** Scripts as ShellCheck sees them, where it is installed. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { WrittenScript } from '../language/scripts.ts';
import type { Problem } from '../language/types.ts';

export type ShellChecked =
  | { readonly kind: 'checked'; readonly problems: readonly Problem[] }
  /** It is not here, or it could not do its work; in words. */
  | { readonly kind: 'unchecked'; readonly why: string };

/** Scripts in one process, which takes some milliseconds for each. */
const AT_ONCE = 200;
const LONGEST_MS = 60_000;
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Lines before a script's own: its dialect, then what Changeover runs it with. */
const LINES_BEFORE = 2;

const report = z.object({
  comments: z.array(z.object({ file: z.string(), line: z.int(), column: z.int(), code: z.int(), message: z.string() })),
});
type Comment = z.output<typeof report>['comments'][number];

/** What ShellCheck calls an error or a warning. Hints and style are left to whoever asks ShellCheck itself. */
export async function shellcheck(scripts: readonly WrittenScript[]): Promise<ShellChecked> {
  const problems: Problem[] = [];
  for (let from = 0; from < scripts.length; from += AT_ONCE) {
    const some = scripts.slice(from, from + AT_ONCE);
    const answer = await ask(some.map(asProgram));
    if (typeof answer === 'string') return { kind: 'unchecked', why: answer };
    problems.push(...inOrder(answer).flatMap((comment) => problemOf(comment, some[Number(comment.file)]) ?? []));
  }
  return { kind: 'checked', problems };
}

/** With what it is run with, since ShellCheck knows no variable that nothing sets, and must know of `-e`. */
function asProgram({ shell, text, variables }: WrittenScript): string {
  // What a script's first line asks for holds for all of it, and only the first line of a program can say so.
  const own = /^#\s*shellcheck\s+(.*)/.exec(text)?.[1] ?? '';
  const options = shell === 'bash' ? 'set -euo pipefail' : 'set -eu';
  const given = variables.length === 0 ? '' : `; export ${[...new Set(variables)].join(' ')}`;
  return `# shellcheck shell=${shell} ${own}\n${options}${given}\n${text}`;
}

const inOrder = (comments: readonly Comment[]): readonly Comment[] =>
  comments.toSorted((a, b) => Number(a.file) - Number(b.file) || a.line - b.line || a.column - b.column);

function problemOf({ line, column, code, message }: Comment, script: WrittenScript | undefined): Problem | undefined {
  if (script === undefined) return undefined;
  const lines = script.text.split('\n');
  const before = lines.slice(0, Math.max(line - LINES_BEFORE - 1, 0));
  // It counts characters, not the halves that some of them have here.
  const within = Array.from(lines[before.length] ?? '')
    .slice(0, column - 1)
    .join('').length;
  const place = script.placeAt(before.reduce((sum, { length }) => sum + length + 1, 0) + within);
  const name = `SC${String(code)}`;
  // What it cannot read it cannot be told to pass over.
  const meant = code < 2000 ? '' : `; if it is meant so, write above it: # shellcheck disable=${name}`;
  return { place, message: `${message.replace(/\.$/, '')} (ShellCheck ${name}${meant})` };
}

/** Its findings, each named by the program's place in the list; or why there are none. */
async function ask(programs: readonly string[]): Promise<readonly Comment[] | string> {
  const folder = await mkdtemp(join(tmpdir(), 'changeover-lint-'));
  try {
    const names = programs.map((_, index) => String(index));
    await Promise.all(programs.map((text, index) => writeFile(join(folder, String(index)), text)));
    return await run(folder, ['--norc', '--severity=warning', '--format=json1', ...names]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const run = (cwd: string, words: readonly string[]): Promise<readonly Comment[] | string> =>
  new Promise((resolve) => {
    const limits = { timeout: LONGEST_MS, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT } as const;
    execFile('shellcheck', words, { cwd, ...limits }, (error, out, err) => {
      // 1: it has found something.
      if (error === null || error.code === 1) {
        const read = report.safeParse(parsed(out));
        resolve(read.success ? read.data.comments : 'shellcheck gave an answer that is none of its own');
      } else if (error.code === 'ENOENT') resolve('shellcheck is not installed (on Debian: apt install shellcheck)');
      else resolve(`shellcheck failed: ${error.killed === true ? 'it took too long' : err.trim() || error.message}`);
    });
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
