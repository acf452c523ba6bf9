/** YAML 1.2 text to plain data, with the place of each value kept. */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLError, YAMLMap } from 'yaml';
import { isList } from './expression-functions.ts';
import type { Json, Parsed, Place } from './types.ts';
import { begins, plainData, type PlainData } from './yaml-data.ts';
import { sourceOffset } from './yaml-offset.ts';

export type Path = readonly (string | number)[];

/** A file as read. The place of what does not exist is that of the nearest thing around it. */
export interface YamlFile {
  readonly data: Json;
  /** What stands at the path; undefined where nothing does. */
  at(path: Path): Json | undefined;
  /** Where the value begins. */
  place(path: Path): Place;
  /** Where the value's key begins; of a list's element, the element itself. */
  keyPlace(path: Path): Place;
  /** Where the character `offset` of a text stands in the file, quotes and indentation counted. */
  placeAt(path: Path, offset: number): Place;
  /** A number or word as it is written, e.g. `1.10` where the data says 1.1. */
  written(path: Path): string | undefined;
}

/** Far above what people write; a larger file is a mistake, and reading it would hold everything else up. */
export const LARGEST_FILE = 262_144;
const MOST_PROBLEMS = 20;
const OPTIONS = { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, prettyErrors: false } as const;

/** Never throws; all that is wrong is told. */
export function readYaml(text: string, file: string): Parsed<YamlFile> {
  const refused = (message: string): Parsed<YamlFile> => ({
    ok: false,
    problems: [{ place: { file, line: 1, column: 1 }, message }],
  });
  if (text.length > LARGEST_FILE) return refused(`the file is larger than ${LARGEST_FILE} characters`);
  const lineCounter = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const doc = parseDocument(text, { ...OPTIONS, lineCounter });
    const faults = firstOfEachLine([...doc.errors, ...doc.warnings], lineCounter, text);
    const plain: PlainData = faults.length > 0 ? { data: null, targets: new Map(), faults } : plainData(doc);
    const problems = plain.faults
      .slice(0, MOST_PROBLEMS)
      .map(({ offset, message }) => ({ place: placeOf(offset), message }));
    return problems.length > 0 ? { ok: false, problems } : { ok: true, value: fileOf(doc, plain, text, placeOf) };
  } catch (error) {
    // Brackets nested by the ten thousand exhaust the stack of the reader.
    return refused(`this cannot be read as YAML: ${error instanceof RangeError ? 'nested too deeply' : String(error)}`);
  }
}

/** One slip in YAML makes the reader stumble over all that follows; only what is wrong by itself helps. */
function firstOfEachLine(errors: readonly YAMLError[], lines: LineCounter, text: string): PlainData['faults'] {
  const first = new Map<number, PlainData['faults'][number]>();
  let afterTab = false;
  for (const error of errors) {
    const [offset] = error.pos;
    const { line } = lines.linePos(offset);
    const tab = error.code === 'TAB_AS_INDENT' || isIndentedByTab(text, offset);
    const follows = first.size > 0 && (error.code === 'UNEXPECTED_TOKEN' || (afterTab && !tab));
    if (!first.has(line) && !follows) first.set(line, { offset, message: tab ? TAB : inWords(error) });
    afterTab ||= tab;
  }
  return [...first.values()];
}

const TAB = 'YAML is indented with spaces: replace the tab';

/** What the reader says of such a line depends on what stands before it, and seldom that it is the tab. */
const isIndentedByTab = (text: string, offset: number): boolean =>
  /^ *\t/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1));

function inWords({ code, message }: YAMLError): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'a file holds one document: take out the line --- and what follows it';
    case 'TAG_RESOLVE_FAILED':
      return 'no tag (!…) can stand here: take it out, or quote the text that begins with !';
    default:
      if (message.includes('call stack')) return 'nested too deeply';
      return `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  }
}

interface Found {
  readonly value: Node | undefined;
  readonly key: Node | undefined;
  /** The innermost thing there is on the way. */
  readonly around: Node | undefined;
}

function fileOf(doc: Document, plain: PlainData, text: string, placeOf: (offset: number) => Place): YamlFile {
  const index = new PairIndex();
  const found = (path: Path): Found => lookUp(doc.contents ?? undefined, plain.targets, index, path);
  const start = (node: Node | undefined): Place => placeOf(node === undefined ? 0 : begins(node));
  return {
    data: plain.data,
    at: (path) => path.reduce<Json | undefined>(member, plain.data),
    place: (path) => {
      const { value, key, around } = found(path);
      return start(value === undefined || isEmpty(value) ? (key ?? around) : value);
    },
    keyPlace: (path) => {
      const { value, key, around } = found(path);
      return start(key ?? value ?? around);
    },
    placeAt: (path, offset) => {
      const { value, around } = found(path);
      return isScalar(value) ? placeOf(sourceOffset(value, text, offset)) : start(value ?? around);
    },
    written: (path) => {
      const { value } = found(path);
      return isScalar(value) ? value.source : undefined;
    },
  };
}

const isEmpty = (node: Node): boolean => node.range?.[0] === node.range?.[1];

/** Finds a map's pairs by their keys, without going through the whole map each time. */
class PairIndex {
  readonly #maps = new WeakMap<Node, ReadonlyMap<unknown, Pair>>();

  pair(map: YAMLMap, key: string): Pair | undefined {
    const known =
      this.#maps.get(map) ?? new Map(map.items.map((pair) => [isScalar(pair.key) ? pair.key.value : pair, pair]));
    this.#maps.set(map, known);
    return known.get(key);
  }
}

function lookUp(root: Node | undefined, targets: PlainData['targets'], index: PairIndex, path: Path): Found {
  let found: Found = { value: root, key: undefined, around: root };
  for (const segment of path) {
    const { value, around } = found;
    const inside = isAlias(value) ? targets.get(value) : value;
    if (isSeq(inside)) {
      found = { value: node(inside.items[Number(segment)]), key: undefined, around: inside };
    } else if (isMap(inside)) {
      const pair = index.pair(inside, String(segment));
      found = { value: node(pair?.value), key: node(pair?.key), around: inside };
    } else {
      return { value: undefined, key: undefined, around };
    }
  }
  const { value } = found;
  return { ...found, value: isAlias(value) ? targets.get(value) : value };
}

const node = (given: unknown): Node | undefined => (isNode(given) ? given : undefined);

function member(data: Json | undefined, key: string | number): Json | undefined {
  if (data === undefined || data === null || typeof data !== 'object') return undefined;
  if (isList(data)) return data[Number(key)];
  return Object.hasOwn(data, key) ? data[String(key)] : undefined;
}
