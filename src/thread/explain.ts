/** A procedure as the page that a person could follow by hand, way back included: `changeover explain VERB SYSTEM`. */
import { shellWord, type ByHand } from '../language/by-hand.ts';
import { evaluate, resolve, toEnv, type Context } from '../language/expressions.ts';
import { parseTemplate } from '../language/template.ts';
import type { Environment, Fact, Inventory, Json, Procedure, Step } from '../language/types.ts';
import { usage } from '../plan/params.ts';
import { wants } from './environment-text.ts';
import { explainStep, explainUndo, type Explaining } from './explain-step.ts';
import { blocks, cellCode, code, fence, listed, plain, table } from './markdown.ts';

export interface Explained {
  readonly procedure: Procedure;
  readonly inventory: Inventory;
  /** Names of the hosts that it may touch. */
  readonly hosts: readonly string[];
  /** Values that were given; a param without one is left to be filled in. */
  readonly params: Readonly<Record<string, Json>>;
  /** The environment that is meant: `procedure` and `hosts` are as they are there. Absent: none is named. */
  readonly environment?: Environment | undefined;
  /** What a person does in place of a step's action. */
  readonly byHand: (step: Step) => ByHand;
}

/** The whole page, in Markdown. It asks no host, so what must be looked up there stands in it as what to look up. */
export function explainPage(explained: Explained): string {
  const { procedure } = explained;
  const explaining: Explaining = { byHand: explained.byHand, all: explained.hosts, fill: filling(explained) };
  const numbered = procedure.steps.map((step, at) => [step, at + 1] as const);
  const undos = numbered.toReversed().flatMap(([step, number]) => explainUndo(step, number, explaining) ?? []);
  return `${blocks(
    `# ${plain(procedure.description)}`,
    `This is ${code(procedure.file)}, to be followed by hand. Changeover does all of it: ${code(usage(procedure))}.`,
    whereFor(explained),
    beginning(explained),
    questions(Object.values(procedure.facts)),
    '## Step by step',
    'After each step look whether it went well. If it did not, do not go on: repair it, or take [the way back](#the-way-back).' +
      (procedure.always === undefined ? '' : ' In any case do what stands [at the end](#at-the-end).'),
    ...numbered.map(([step, number]) => explainStep(step, number, explaining)),
    explained.environment?.onSuccess === undefined
      ? undefined
      : 'This was a rehearsal: if all of it went well, take the way back now.',
    '## The way back',
    undos.length === 0
      ? 'It changes nothing, so there is nothing to take back.'
      : 'The last step first, and only those steps that you have done or begun.',
    ...undos,
    ...list(
      procedure.rollback,
      '## After the way back',
      'Once all that you take back is taken back, also where that is nothing:',
      explaining,
    ),
    ...list(procedure.always, '## At the end', 'Whatever happened, also where you stopped on the way:', explaining),
  )}\n`;
}

/** What the environment wants that is meant; or, where none is named, what is otherwise in each. */
function whereFor({ procedure, environment }: Explained): string | undefined {
  const { environments = [], window } = procedure;
  if (environment !== undefined) {
    const words = wants(environment, environment.window ?? window).map((each) => `- ${plain(each, 1_000)}`);
    return blocks(`It is for the environment ${code(environment.name)}.`, words.join('\n'));
  }
  if (environments.length === 0) {
    return wants(undefined, window)
      .map((each) => plain(each, 1_000))
      .join(' ');
  }
  return blocks(
    '## In which environment',
    'It is done in one of these, with what is otherwise there:',
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
  steps: readonly Step[] | undefined,
  title: string,
  when: string,
  explaining: Explaining,
): readonly string[] {
  return steps === undefined ? [] : [title, when, ...steps.map((step, at) => explainStep(step, at + 1, explaining))];
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

function paramLines({ params }: Procedure, given: Readonly<Record<string, Json>>): readonly string[] {
  return params.map((param) => {
    const value = given[param.name] ?? param.default;
    if (value !== undefined) return `export ${param.name}=${shellWord({ lit: value })}`;
    return `export ${param.name}='<fill in>'`;
  });
}

const exportsOf = (vars: Procedure['vars']): readonly string[] =>
  Object.entries(vars).map(([name, value]) => `export ${name}=${shellWord(value)}`);

/** Hosts whose own vars stand over the procedure's. */
function hostLines({ hosts, inventory }: Explained): readonly string[] {
  return hosts.flatMap((host) => {
    const own = Object.entries(inventory.hosts[host]?.vars ?? {});
    if (own.length === 0) return [];
    const lines = own.map(([name, value]) => `export ${name}=${shellWord({ lit: toEnv(value) })}`);
    return [code(host), fence(lines.join('\n'), 'sh')];
  });
}

/** The facts: what the steps below call `facts.<name>`. */
function questions(facts: readonly Fact[]): string | undefined {
  if (facts.length === 0) return undefined;
  const found = {
    string: 'what it prints',
    int: 'the number that it prints',
    bool: 'true if it ends with exit code 0, false up to 125',
  };
  return blocks(
    '## What you will be asked to look up',
    'Each time anew, on the host at hand:',
    ...facts.map(({ name, type, script }) =>
      blocks(`${code(`facts.${name}`)} is ${found[type]}:`, fence(script.text, script.shell)),
    ),
  );
}

/** Puts in what is known before any host is asked; the rest stays as `<facts.release>`, to be looked up. */
function filling({ procedure, inventory, hosts, params }: Explained): (text: string) => string {
  const defaults = procedure.params.flatMap(({ name, default: usual }): readonly (readonly [string, Json])[] =>
    usual === undefined ? [] : [[name, usual]],
  );
  const given: Readonly<Record<string, Json>> = { ...Object.fromEntries(defaults), ...params };
  const empty = { facts: {}, hosts: {}, steps: {}, run: {} };
  // What differs from host to host is no one value.
  const differing = new Set(hosts.flatMap((host) => Object.keys(inventory.hosts[host]?.vars ?? {})));
  const vars = Object.entries(procedure.vars).flatMap(([name, value]): readonly (readonly [string, Json])[] => {
    const made = resolve(value, { params: given, vars: {}, ...empty });
    return made.kind === 'value' && !differing.has(name) ? [[name, made.value]] : [];
  });
  const context: Context = { params: given, vars: Object.fromEntries(vars), ...empty };
  return (text) => {
    const template = parseTemplate(text);
    if (!template.ok) return text;
    return template.parts
      .map((part) => {
        if (part.kind === 'text') return part.text;
        const made = evaluate(part.source, context);
        return made.kind === 'value' ? toEnv(made.value) : `<${part.source.trim()}>`;
      })
      .join('');
  };
}
