import { forEachChild, parse, type Command, type SyntaxNode, type Word, type WordPart } from 'unbash';

/** What dash and bash do themselves. */
const BUILTINS = new Set(
  (
    ': . [ alias bg break builtin caller cd command compgen continue declare dirs disown echo enable eval exec exit ' +
    'export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read ' +
    'readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias ' +
    'unset wait'
  ).split(' '),
);

/** sudo's options that take a value in the next word. */
const SUDO_VALUES = /^-[ugpCDhRrTtU]$/;

/**
 * Names of the programs that a shell script would start, each once, in their order: command words written out as they
 * are, no builtins, no functions of the script. A script that does not parse gives none.
 */
export function programsOf(script: string): readonly string[] {
  const parsed = parse(script);
  if ((parsed.errors?.length ?? 0) > 0) return [];
  const found = new Set<string>();
  const functions = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Function') functions.add(node.name.value);
    if (node.type === 'Command') for (const name of namesIn(node)) found.add(name);
    forEachChild(node, visit);
  };
  visit(parsed);
  return [...found].filter((name) => !functions.has(name) && !BUILTINS.has(name) && isProgram(name));
}

/** A path that depends on the folder at hand cannot be looked for. */
const isProgram = (name: string): boolean => name !== '' && (name.startsWith('/') || !name.includes('/'));

/** The command's own word, and behind `sudo`, `exec` and `command` what they start. */
function namesIn(command: Command): readonly string[] {
  const words = [command.name, ...command.args].map((word) => (word?.type === 'Word' ? literal(word) : undefined));
  const names: string[] = [];
  for (let rest: readonly (string | undefined)[] = words; rest.length > 0;) {
    const [name, ...args] = rest;
    if (name === undefined) break;
    names.push(name);
    if (name === 'sudo') rest = behindSudo(args);
    else if ((name === 'exec' || name === 'command') && args[0]?.startsWith('-') === false) rest = args;
    else break;
  }
  return names;
}

function behindSudo(args: readonly (string | undefined)[]): readonly (string | undefined)[] {
  let at = 0;
  for (;;) {
    const word = args[at];
    if (word === undefined || !(word.startsWith('-') || /^[A-Za-z_]\w*=/.test(word))) return args.slice(at);
    if (word === '--') return args.slice(at + 1);
    at += SUDO_VALUES.test(word) ? 2 : 1;
  }
}

/** The word, if nothing in it is for the shell to fill in. */
const literal = (word: Word): string | undefined =>
  (word.parts ?? []).every(isLiteral) && !/^[*?~]|[*?]/.test(word.text) ? word.value : undefined;

function isLiteral(part: WordPart): boolean {
  if (part.type === 'DoubleQuoted') return part.parts.every(isLiteral);
  return part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted';
}
