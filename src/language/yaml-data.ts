/** The nodes of a YAML document as plain JSON; what JSON cannot say, or says otherwise than it looks, is told. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, visit } from 'yaml';
import type { Alias, Document, Node, Pair, Scalar } from 'yaml';
import { HALF, isHalved } from './expression-functions.ts';
import type { Json } from './types.ts';

/** Bounds what aliases of aliases can blow a small file up to. */
const MOST_NODES = 100_000;
const NO_ANCHOR = 'there is no anchor for this alias; a text that begins with * or & must be quoted';

export interface PlainData {
  readonly data: Json;
  /** The value that each alias stands for. */
  readonly targets: ReadonlyMap<Node, Node>;
  readonly faults: readonly { readonly offset: number; readonly message: string }[];
}

export function plainData(doc: Document): PlainData {
  const targets = aliasTargets(doc);
  const faults: { offset: number; message: string }[] = [];
  const open = new Set<Node>();
  let nodes = 0;
  const wrong = (node: Node, message: string): null => {
    faults.push({ offset: begins(node), message });
    return null;
  };

  function convert(node: unknown): Json {
    if (!isNode(node)) return null;
    nodes += 1;
    if (nodes > MOST_NODES) {
      return nodes === MOST_NODES + 1 ? wrong(node, 'the file has too much in it, or its aliases make it so') : null;
    }
    if (isScalar(node)) return scalar(node);
    if (open.has(node)) return wrong(node, 'this value contains itself, through an alias');
    open.add(node);
    const data = collection(node);
    open.delete(node);
    return data;
  }

  function collection(node: Node): Json {
    if (isAlias(node)) {
      const target = targets.get(node);
      return target === undefined ? wrong(node, NO_ANCHOR) : convert(target);
    }
    if (isSeq(node)) return node.items.map(convert);
    return isMap(node) ? map(node.items) : null;
  }

  function scalar(node: Scalar): Json {
    const { value } = node;
    if (typeof value === 'string' && isHalved(value))
      return wrong(node, `this text holds ${HALF}: write the whole character`);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return wrong(node, `${node.source ?? 'this'} is no number that can be used: quote it, if a text is meant`);
  }

  function map(pairs: readonly Pair[]): Json {
    const data = new Map<string, Json>();
    for (const { key, value } of pairs) {
      const name = keyOf(key);
      if (name === undefined) continue;
      if (data.has(name) && isNode(key)) wrong(key, `the key "${name}" stands twice in this map: take one of them out`);
      data.set(name, convert(value));
    }
    return Object.fromEntries(data);
  }

  function keyOf(key: unknown): string | undefined {
    if (isScalar(key) && typeof key.value === 'string' && key.value !== '__proto__' && !isHalved(key.value)) {
      return key.value;
    }
    if (isNode(key)) wrong(key, keyFault(key));
    return undefined;
  }

  return { data: convert(doc.contents), targets, faults };
}

function keyFault(key: Node): string {
  if (!isScalar(key)) return 'a key is a plain word: no list, map or alias';
  if (key.value === '__proto__') return 'no key can be called __proto__';
  if (typeof key.value === 'string') return `this key holds ${HALF}: write the whole character`;
  return key.value === null && (key.source ?? '') === ''
    ? 'a key is missing before the colon'
    : `quote this key, '${key.source ?? ''}': without quotes YAML makes it something else than a text`;
}

/** In the order of the file: an alias stands for the last anchor of its name before it. */
function aliasTargets(doc: Document): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(doc, (_key, node) => {
    if (isAlias(node)) point(node, anchors, targets);
    else if (isNode(node) && !isPair(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return targets;
}

function point(alias: Alias, anchors: ReadonlyMap<string, Node>, targets: Map<Node, Node>): void {
  const target = anchors.get(alias.source);
  if (target !== undefined) targets.set(alias, target);
}

/** Where a node begins in the file's text. */
export const begins = (node: Node): number => node.range?.[0] ?? 0;
