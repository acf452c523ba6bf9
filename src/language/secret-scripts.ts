/** Scripts that would print a secret. */
import { forEachChild, parse, type Command, type Redirection, type SyntaxNode } from 'unbash';

/** What is wrong in a script, and where. */
interface Shown {
  readonly offset: number;
  readonly message: string;
}

/** They print their words. */
const PRINTERS = new Set(['echo', 'printf']);

/**
 * Where a script would print one of these variables: by `echo` or `printf` to its own output, or by `set -x`. What it
 * gives on, into a pipe, a file or another command, is none of ours. A script that does not parse gives none.
 */
export function shownIn(script: string, names: readonly string[]): readonly Shown[] {
  if (names.length === 0) return [];
  const parsed = parse(script);
  if ((parsed.errors?.length ?? 0) > 0) return [];
  const found: Shown[] = [];
  const visit = (node: SyntaxNode, quiet: boolean): void => {
    if (node.type === 'Command') found.push(...inCommand(node, quiet, names));
    const inner = quiet || givesOn(node);
    const last = node.type === 'Pipeline' ? node.commands.at(-1) : undefined;
    forEachChild(node, (child) => {
      visit(child, inner || (last !== undefined && child !== last));
    });
  };
  visit(parsed, false);
  return found;
}

/** Its output goes to a file or to who called it. */
function givesOn(node: SyntaxNode): boolean {
  if (node.type === 'Redirected') return node.redirects.some(takesOutput);
  return ['CommandExpansion', 'ProcessSubstitution', 'ArithmeticCommandExpansion', 'Function'].includes(node.type);
}

const takesOutput = (redirection: Redirection): boolean =>
  'operator' in redirection && ['>', '>>', '>|', '&>', '&>>'].includes(redirection.operator);

function inCommand(command: Command, quiet: boolean, names: readonly string[]): readonly Shown[] {
  const program = command.name?.value ?? '';
  const words = command.args.map(({ text }) => text);
  if (program === 'set' && /^-\w*x|^-o xtrace/.test(words.join(' '))) {
    return [
      {
        offset: command.pos,
        message: 'set -x prints what commands are given, secrets too: take it out of a step with secrets',
      },
    ];
  }
  if (!PRINTERS.has(program) || quiet || command.redirects.some(takesOutput)) return [];
  const name = names.find((each) => command.args.some((word) => reads(word, each)));
  if (name === undefined) return [];
  return [
    {
      offset: command.pos,
      message: `this would print the secret "${name}": give it on by a pipe or into a file, or leave it out`,
    },
  ];
}

/** Whether a word has the variable's value in it; not its length, nor whether it is set, nor what a command makes of it. */
function reads(word: SyntaxNode, name: string): boolean {
  if (word.type === 'SimpleExpansion') return word.text === `$${name}`;
  if (word.type === 'ParameterExpansion' && word.parameter === name) {
    return word.prefix === undefined && !/^\$\{\w+:?\+/.test(word.text);
  }
  if (givesOn(word)) return false;
  let found = false;
  forEachChild(word, (child) => {
    found ||= reads(child, name);
  });
  return found;
}
