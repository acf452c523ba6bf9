/** Where the entries of a YAML file's maps stand in its text. */
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Node } from 'yaml';

export type Path = readonly (string | number)[];

/** A key with its value. */
export interface Spot {
  readonly path: Path;
  /** Offsets in the text; the value's end is that of what can be seen of it. */
  readonly key: readonly [from: number, to: number];
  readonly value: readonly [from: number, to: number];
  /** It stands alone on its lines, but for a dash before the first key of a list's element. */
  readonly block: boolean;
  /** The entry before it in the same map. */
  readonly before?: Spot;
}

export function spotsOf(text: string): readonly Spot[] {
  const spots: Spot[] = [];
  const visit = (node: unknown, path: Path, flow: boolean): void => {
    if (isSeq(node)) {
      for (const [at, each] of node.items.entries()) visit(each, [...path, at], flow || node.flow === true);
    } else if (isMap(node)) {
      let before: Spot | undefined;
      for (const { key, value } of node.items) {
        if (!isScalar(key) || typeof key.value !== 'string' || !isNode(value) || isAlias(value)) continue;
        const own = [...path, key.value];
        const spot: Spot = {
          ...{ path: own, key: rangeOf(key, text), value: rangeOf(value, text), block: !flow && node.flow !== true },
          ...(before === undefined ? {} : { before }),
        };
        spots.push(spot);
        visit(value, own, flow || node.flow === true);
        before = spot;
      }
    }
  };
  visit(parseDocument(text).contents, [], false);
  return spots;
}

function rangeOf({ range }: Node, text: string): readonly [number, number] {
  const [from, to] = range ?? [0, 0];
  return [from, from + text.slice(from, to).trimEnd().length];
}

/** The line of a place in a text, counted from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}
