/** Finds the expressions in a file, and checks that what they name exists. */
import { problemsOf, references, type Reference } from './expressions.ts';
import type { Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';
import { hasExpression, parseTemplate } from './template.ts';
import type { HostMention, Json, Place } from './types.ts';
import type { Path } from './yaml-file.ts';

/** A text of the file in which expressions stand. */
interface Written {
  readonly text: string;
  readonly path: Path;
}

/** What an expression can name where it stands. */
export interface Visible {
  readonly params: readonly string[];
  readonly vars: readonly string[];
  readonly facts: readonly string[];
  /** Steps that stand before. */
  readonly steps: readonly string[];
  readonly laterSteps: readonly string[];
  /** Steps that are done once for each of several items, so that nothing but how they ended can be asked. */
  readonly looped?: readonly string[];
  /** Steps that call a procedure: of its steps as a whole it is known how they ended. */
  readonly called?: readonly string[];
  /** There is an item at hand: `loop` gives it. */
  readonly item?: true;
  /** Only params: what stands here is fixed before the run starts. */
  readonly onlyParams?: true;
  /** Only params and vars, for the same reason. */
  readonly beforeStart?: true;
}

/**
 * Tells what is wrong with the expressions of a value, and gives the hosts that they name.
 * @param made what the schema gave back for what stands at the path.
 */
export function checkEmbedded(file: Reading, made: unknown, path: Path, visible: Visible): readonly HostMention[] {
  return textsIn(made, file.yaml.at(path), path).flatMap((written) => checkText(file, written, visible));
}

/**
 * Where a text became a value or a condition with `expr`, there are expressions in it; other texts, such as scripts,
 * hold none.
 */
function textsIn(made: unknown, written: Json | undefined, path: Path): readonly Written[] {
  if (typeof made !== 'object' || made === null) return [];
  if (typeof written === 'string') return 'expr' in made ? [{ text: written, path }] : [];
  if (written === undefined || written === null || typeof written !== 'object') return [];
  const parts = new Map<string, unknown>(Object.entries(made));
  return Object.entries(written).flatMap(([key, value]) => textsIn(parts.get(key), value, [...path, key]));
}

/** What is wrong with the expressions of a text that is no value of its own, such as a key; each in words. */
export function unknownNames(text: string, visible: Visible): readonly string[] {
  const template = parseTemplate(text);
  if (!template.ok) return ['this ${{ is not closed: write }} at the end of the expression'];
  return template.parts.flatMap((part) =>
    part.kind === 'text'
      ? []
      : [
          ...problemsOf(part.source).map(({ message }) => message),
          ...references(part.source).flatMap((reference) => faultOf(reference, visible) ?? []),
        ],
  );
}

function checkText(file: Reading, { text, path }: Written, visible: Visible): readonly HostMention[] {
  if (!hasExpression(text)) return checkExpression(file, text, path, 0, visible);
  const template = parseTemplate(text);
  if (template.ok) {
    return template.parts.flatMap((part) =>
      part.kind === 'expr' ? checkExpression(file, part.source, path, part.offset, visible) : [],
    );
  }
  const place = file.yaml.placeAt(path, template.offset);
  file.wrong(place, 'this ${{ is not closed: write }} at the end of the expression');
  return [];
}

function checkExpression(
  { yaml, wrong, enough }: Reading,
  source: string,
  path: Path,
  from: number,
  visible: Visible,
): readonly HostMention[] {
  if (enough()) return [];
  for (const { offset, message } of problemsOf(source)) wrong(yaml.placeAt(path, from + offset), message);
  return references(source).flatMap((reference): readonly HostMention[] => {
    const place = (): Place => yaml.placeAt(path, from + reference.offset);
    const fault = faultOf(reference, visible);
    if (fault !== undefined) wrong(place(), fault);
    const host = 'host' in reference ? reference.host : undefined;
    return host === undefined ? [] : [{ in: 'expr', name: host, place: place() }];
  });
}

function faultOf(reference: Reference, visible: Visible): string | undefined {
  if (visible.onlyParams === true && reference.kind !== 'param') {
    return `only params can be named here, since this is fixed before the run starts: ${reference.source} is not`;
  }
  if (visible.beforeStart === true && reference.kind !== 'param' && reference.kind !== 'var') {
    return `only params and vars can be named here, since this is fixed before the run starts: ${reference.source} is not`;
  }
  switch (reference.kind) {
    case 'param':
      return unknown('param', reference.name, visible.params);
    case 'var':
      return unknown('var', reference.name, visible.vars);
    case 'fact':
      return unknown('fact', reference.name, visible.facts);
    case 'step':
      return visible.laterSteps.includes(reference.id)
        ? `nothing is known of the step "${reference.id}" here, since it does not stand before this one`
        : (unknown('step', reference.id, visible.steps) ?? ofSeveral(reference, visible));
    case 'item':
    case 'item_key':
      return visible.item === true
        ? undefined
        : `there is no ${reference.kind} here: only a step with loop, and what undoes it, has one`;
    case 'run':
      return undefined;
  }
}

function ofSeveral(
  asked: Extract<Reference, { readonly kind: 'step' }>,
  { looped = [], called = [] }: Visible,
): string | undefined {
  if (asked.field === 'outcome') return undefined;
  if (called.includes(asked.id)) {
    return `the step "${asked.id}" calls a procedure, and ${asked.field} is that of one of its steps: of a call only outcome is known`;
  }
  if (!looped.includes(asked.id)) return undefined;
  return `the step "${asked.id}" has a loop, and ${asked.field} is that of one item: of such a step only outcome is known`;
}

function unknown(kind: string, name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const near = didYouMean(name, known);
  const all = known.length === 0 ? `; this procedure has no ${kind}s here` : `; there are: ${known.join(', ')}`;
  return `there is no ${kind} "${name}"${near === '' ? all : near}`;
}
