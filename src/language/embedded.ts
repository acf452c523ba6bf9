/** Finds the expressions in a file, and checks that what they name exists. */
import { problemsOf, references, type Reference } from './expressions.ts';
import type { Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';
import { hasExpression, parseTemplate } from './template.ts';
import type { HostMention, Json, Place } from './types.ts';
import type { Path } from './yaml-file.ts';

/** An expression as it stands in a text of the file. */
export interface Embedded {
  readonly source: string;
  readonly path: Path;
  /** Where it begins in the text. */
  readonly offset: number;
}

/** What an expression can name where it stands. */
export interface Visible {
  readonly params: readonly string[];
  readonly vars: readonly string[];
  readonly facts: readonly string[];
  /** Steps that stand before. */
  readonly steps: readonly string[];
  readonly laterSteps: readonly string[];
  /** Only params: what stands here is fixed before the run starts. */
  readonly onlyParams?: true;
}

/**
 * The expressions in a value of the file, found beside what its schema made of it: where a text became a value or a
 * condition with `expr`, there is one; other texts, such as scripts, hold none.
 * @param made what the schema gave back for `written`.
 */
export function embeddedIn(made: unknown, written: Json | undefined, path: Path): readonly Embedded[] {
  if (typeof written === 'string') return isExpression(made) ? expressionsOf(written, path) : [];
  if (written === null || typeof written !== 'object' || made === null || typeof made !== 'object') return [];
  const parts = new Map<string, unknown>(Object.entries(made));
  return Object.entries(written).flatMap(([key, value]) => embeddedIn(parts.get(key), value, [...path, key]));
}

const isExpression = (made: unknown): boolean => typeof made === 'object' && made !== null && 'expr' in made;

function expressionsOf(text: string, path: Path): readonly Embedded[] {
  if (!hasExpression(text)) return [{ source: text, path, offset: 0 }];
  const template = parseTemplate(text);
  if (!template.ok) return [];
  return template.parts.flatMap((part) =>
    part.kind === 'expr' ? [{ source: part.source, path, offset: part.offset }] : [],
  );
}

/** Tells what is wrong with the expressions of a value, and gives the hosts that they name. */
export function checkEmbedded(file: Reading, made: unknown, path: Path, visible: Visible): readonly HostMention[] {
  const { yaml, wrong } = file;
  const written = yaml.at(path);
  for (const { path: at, offset } of unclosed(made, written, path)) {
    wrong(yaml.placeAt(at, offset), 'this ${{ is not closed: write }} at the end of the expression');
  }
  return embeddedIn(made, written, path).flatMap(({ source, path: at, offset }) => {
    if (file.enough()) return [];
    for (const fault of problemsOf(source)) wrong(yaml.placeAt(at, offset + fault.offset), fault.message);
    return references(source).flatMap((reference) => {
      const place = (): Place => yaml.placeAt(at, offset + reference.offset);
      const fault = faultOf(reference, visible);
      if (fault !== undefined) wrong(place(), fault);
      const host = 'host' in reference ? reference.host : undefined;
      return host === undefined ? [] : [{ in: 'expr', name: host, place: place() }];
    });
  });
}

function unclosed(made: unknown, written: Json | undefined, path: Path): readonly { path: Path; offset: number }[] {
  if (typeof written === 'string') {
    const template = isExpression(made) ? parseTemplate(written) : undefined;
    return template === undefined || template.ok ? [] : [{ path, offset: template.offset }];
  }
  if (written === null || typeof written !== 'object' || made === null || typeof made !== 'object') return [];
  const parts = new Map<string, unknown>(Object.entries(made));
  return Object.entries(written).flatMap(([key, value]) => unclosed(parts.get(key), value, [...path, key]));
}

function faultOf(reference: Reference, visible: Visible): string | undefined {
  if (visible.onlyParams === true && reference.kind !== 'param') {
    return `only params can be named here, since this is fixed before the run starts: ${reference.source} is not`;
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
        : unknown('step', reference.id, visible.steps);
    case 'item':
      return 'there is no item here, since this version of Changeover does not know "loop" yet';
    case 'run':
      return undefined;
  }
}

function unknown(kind: string, name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const near = didYouMean(name, known);
  const all = known.length === 0 ? `; this procedure has no ${kind}s here` : `; there are: ${known.join(', ')}`;
  return `there is no ${kind} "${name}"${near === '' ? all : near}`;
}
