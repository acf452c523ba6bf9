/** A procedure as the page that a person could follow by hand, way back included: `changeover explain VERB SYSTEM`. */
import type { Step } from '../language/types.ts';
import { usage } from '../plan/params.ts';
import { wants } from './environment-text.ts';
import { explainSteps, explainUndos } from './explain-calls.ts';
import { type Explained, exportsOf, hostLines, paramLines, questions } from './explain-values.ts';
import { blocks, cellCode, code, fence, listed, plain, table } from './markdown.ts';

/** The whole page, in Markdown. It asks no host, so what must be looked up there stands in it as what to look up. */
export function explainPage(explained: Explained): string {
  const { procedure } = explained;
  const undos = explainUndos(explained);
  return `${blocks(
    `# ${plain(procedure.description)}`,
    `This is ${code(procedure.file)}, to be followed by hand. Changeover does all of it: ${code(usage(procedure))}.`,
    whereFor(explained),
    beginning(explained),
    questions('## What you will be asked to look up', Object.values(procedure.facts)),
    '## Step by step',
    'After each step look whether it went well. If it did not, do not go on: repair it, or take [the way back](#the-way-back).' +
      (procedure.always === undefined ? '' : ' In any case do what stands [at the end](#at-the-end).'),
    ...explainSteps(explained),
    explained.environment?.onSuccess === undefined
      ? undefined
      : 'This was a rehearsal: if all of it went well, take the way back now.',
    '## The way back',
    undos.length === 0
      ? 'It changes nothing, so there is nothing to take back.'
      : 'The last step first, and only those steps that you have done or begun.',
    ...undos,
    ...list(
      explained,
      procedure.rollback,
      '## After the way back',
      'Once all that you take back is taken back, also where that is nothing:',
    ),
    ...list(explained, procedure.always, '## At the end', 'Whatever happened, also where you stopped on the way:'),
  )}\n`;
}

/** What the environment wants that is meant; or, where none is named, what is otherwise in each. */
function whereFor({ procedure, environment }: Explained): string | undefined {
  const { environments = [], environmentOptional = false, window } = procedure;
  if (environment !== undefined) {
    const words = wants(environment, environment.window ?? window).map((each) => `- ${plain(each, 1_000)}`);
    return blocks(`It is for the environment ${code(environment.name)}.`, words.join('\n'));
  }
  const bare = wants(undefined, window).map((each) => plain(each, 1_000));
  if (environments.length === 0) return bare.join(' ');
  return blocks(
    '## In which environment',
    environmentOptional ? ['It may be done as it stands here.', ...bare].join(' ') : undefined,
    `It ${environmentOptional ? 'may also be' : 'is'} done in one of these, with what is otherwise there:`,
    ...environments.map((each) => {
      const hosts = each.hosts === undefined ? [] : [`Only on ${listed(each.hosts.map(code))}.`];
      const words = [...hosts, ...wants(each, each.window ?? window).map((text) => plain(text, 1_000))];
      const lines = exportsOf(each.vars);
      return blocks(
        `${code(each.name)}: ${words.length === 0 ? 'nothing is otherwise.' : words.join(' ')}`,
        lines.length === 0 ? undefined : fence(lines.join('\n'), 'sh'),
      );
    }),
  );
}

/** Steps that are taken at the end, counted anew. */
function list(
  explained: Explained,
  steps: readonly Step[] | undefined,
  title: string,
  when: string,
): readonly string[] {
  return steps === undefined ? [] : [title, when, ...explainSteps({ ...explained, steps })];
}

/** What every script rests on: which shell, and the variables. */
function beginning(explained: Explained): string {
  const { procedure, params } = explained;
  const shells =
    'Each block is a script: `sh -eu` runs it, and stops at its first failing line; blocks marked `bash` want `bash -euo pipefail`.';
  const lines = [...paramLines(procedure, params), ...exportsOf(procedure.vars)];
  const own = hostLines(explained);
  return blocks(
    '## Before you begin',
    `You need a login on ${listed(explained.hosts.map(code))}. ${shells}`,
    procedure.locks === undefined
      ? undefined
      : `See to it that nobody else works on ${listed(procedure.locks.map(code))} meanwhile.`,
    procedure.params.length === 0
      ? undefined
      : table(
          ['value', 'what it is', 'must be'],
          procedure.params.map((param) => [
            cellCode(param.name),
            plain(param.description),
            param.pattern === undefined
              ? listed((param.choices ?? []).map(cellCode), 'or')
              : `like ${cellCode(param.pattern)}`,
          ]),
        ),
    lines.length === 0
      ? undefined
      : blocks('Set this first in every shell that you use:', fence(lines.join('\n'), 'sh')),
    own.length === 0 ? undefined : blocks('And then, on these hosts:', ...own),
  );
}
