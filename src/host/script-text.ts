import type { Script } from '../language/types.ts';
import type { Setting } from '../run/types.ts';
import { printing, quote } from './quote.ts';

/** Linux gives a process no string longer than this, so no variable (`NAME=value` and its NUL) either. */
const LONGEST_VARIABLE = 131_072;
/** All variables together; half of what Linux allows by default, so that the host's own find room. */
const LONGEST_ENVIRONMENT = 1_000_000;

/** Why these cannot be passed as environment variables, in words, or undefined if they can. */
export function environmentTrouble(env: Setting['env']): string | undefined {
  let total = 0;
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return `"${name}" is no name for an environment variable; use letters, digits and _`;
    }
    if (value.includes('\0')) {
      return `the value of ${name} holds a NUL byte, which no environment variable can; pass it by standard input`;
    }
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
    total += bytes;
    if (bytes > LONGEST_VARIABLE) {
      return `the value of ${name} is ${Buffer.byteLength(value)} bytes long; an environment variable can hold 128 KiB at most, so pass it by standard input or in a file`;
    }
  }
  if (total > LONGEST_ENVIRONMENT) {
    return `the environment variables are ${total} bytes long together; pass less, or by standard input or in a file`;
  }
  return undefined;
}

/** User names are put into commands as they are. */
export function userTrouble(user: string | undefined): string | undefined {
  if (user === undefined || /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(user)) return undefined;
  return `"${user}" is no name of a user that sudo could be asked for`;
}

/** A folder as `cd --` takes it: `-` and `~` are names like any other. */
export function folderPath(path: string): string {
  return path.startsWith('/') ? path : `./${path}`;
}

/**
 * A script with its setting, as one compound command: a shell reads it whole before it runs any of it, so a text that
 * was cut short is a syntax error, never half a script. The values stand in single quotes, where nothing is special.
 * Meant for `sh -s -- BEFORE` on standard input; `<` of the script itself is then `/dev/null`, or `keepStdin`.
 */
export function compound(script: Script, setting: Setting, keepStdin = false): string {
  return `{\n${entering(setting)}${keepStdin ? '' : 'exec </dev/null\n'}${strictly(script)}exit\n}\n`;
}

/** What goes before a compound so that it has these variables. The brace is closed behind it, so here too half is nothing. */
export function secretEntering(secrets: Readonly<Record<string, string>>): string {
  return `{\n${exporting(secrets)}`;
}

/** As `compound`, for the script that keeps the pre-state: all of it or nothing, and once only. */
export function keepCompound(script: Script, setting: Setting, ownedTop: string | undefined): string {
  const top =
    ownedTop === undefined
      ? ''
      : `co_top=${quote(ownedTop)}
mkdir -m 700 -- "$co_top" 2>/dev/null || { [ -d "$co_top" ] && [ ! -L "$co_top" ] && [ -O "$co_top" ]; } || {
  printf '%s\\n' "changeover: $co_top is not ours, so nothing can be kept there; ask who made it" >&2
  exit 1
}
`;
  return `{
${entering(setting)}exec </dev/null
umask 077
[ ! -e "$CO_BEFORE.complete" ] || exit 0
${top}rm -rf -- "$CO_BEFORE" && mkdir -p -- "$CO_BEFORE" || exit 1
(
${strictly(script)})
co_code=$?
[ "$co_code" != 0 ] || : >"$CO_BEFORE.complete" || exit 1
exit "$co_code"
}
`;
}

/** Shell commands that make a file: the script, and behind it what it shall find on standard input. */
export function fileWith(path: string, text: string, stdin: string | undefined): string {
  if (stdin === undefined) return `${printing(text)} >"${path}"`;
  const length = `printf '%s\\n' ${Buffer.byteLength(text)} >"${path}.stdin"`;
  return `{ ${printing(text)} && ${printing(stdin)}; } >"${path}" && ${length}`;
}

function strictly(script: Script): string {
  return `${script.shell === 'bash' ? 'set -euo pipefail' : 'set -eu'}\neval ${quote(script.text)}\n`;
}

function entering(setting: Setting): string {
  // Somebody else's home may be closed to the user the script runs as.
  const home = 'cd -- "${HOME:-/}" 2>/dev/null || cd /\n';
  const folder = setting.chdir === undefined ? '' : `cd -- ${quote(folderPath(setting.chdir))} || exit 126\n`;
  return `export CO_BEFORE="\${1-}"\nset --\n${home}${folder}${exporting(setting.env)}`;
}

function exporting(env: Setting['env']): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}
