/** On the page of `explain`: the values that scripts and texts rest on. */
import { shellWord, type ByHand } from '../language/by-hand.ts';
import { evaluate, resolve, toEnv, type Context } from '../language/expressions.ts';
import { parseTemplate } from '../language/template.ts';
import type { Environment, Fact, Inventory, Json, Procedure, Step } from '../language/types.ts';
import { blocks, code, fence } from './markdown.ts';

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
  /** Other steps than its own, of which the page has several lists. */
  readonly steps?: readonly Step[];
  /** The procedures that it calls, and that these call, by their names. */
  readonly callees?: ReadonlyMap<string, { readonly procedure: Procedure }>;
}

export function paramLines({ params }: Procedure, given: Readonly<Record<string, Json>>): readonly string[] {
  return params.map((param) => {
    const value = given[param.name] ?? param.default;
    if (value !== undefined) return `export ${param.name}=${shellWord({ lit: value })}`;
    return `export ${param.name}='<fill in>'`;
  });
}

export const exportsOf = (vars: Procedure['vars']): readonly string[] =>
  Object.entries(vars).map(([name, value]) => `export ${name}=${shellWord(value)}`);

/** Hosts whose own vars stand over the procedure's. */
export function hostLines({ hosts, inventory }: Explained): readonly string[] {
  return hosts.flatMap((host) => {
    const own = Object.entries(inventory.hosts[host]?.vars ?? {});
    if (own.length === 0) return [];
    const lines = own.map(([name, value]) => `export ${name}=${shellWord({ lit: toEnv(value) })}`);
    return [code(host), fence(lines.join('\n'), 'sh')];
  });
}

/** The facts: what the steps below call `facts.<name>`. */
export function questions(heading: string, facts: readonly Fact[]): string | undefined {
  if (facts.length === 0) return undefined;
  const found = {
    string: 'what it prints',
    int: 'the number that it prints',
    bool: 'true if it ends with exit code 0, false up to 125',
  };
  return blocks(
    heading,
    'Each time anew, on the host at hand:',
    ...facts.map(({ name, type, script }) =>
      blocks(`${code(`facts.${name}`)} is ${found[type]}:`, fence(script.text, script.shell)),
    ),
  );
}

/** What is known before any host is asked. */
export function known({ procedure, inventory, hosts, params }: Explained): Context {
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
  return { params: given, vars: Object.fromEntries(vars), ...empty };
}

/** Puts in what is known before any host is asked; the rest stays as `<facts.release>`, to be looked up. */
export function filling(explained: Explained): (text: string) => string {
  const context = known(explained);
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
