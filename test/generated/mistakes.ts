/** Mistakes as people make them in a file, each with the lines of which it must then be told. */
import { resolved, type Schema } from './schema.ts';
import { lineAt, lineEnd, lineStart, spotsOf, type Path, type Spot } from './spots.ts';

/** A file that is right, and the schema of its kind. */
export interface Right {
  readonly text: string;
  readonly schema: Schema;
}

export interface Mistake {
  readonly text: string;
  /** One of these lines must be told of, first and last. */
  readonly lines: readonly [number, number];
  /** In the words for it. */
  readonly says?: string;
  /** `schema`: it is one only if the JSON Schema refuses what the file says now. */
  readonly wrong: 'always' | 'schema';
}

/** Makes a mistake of one kind somewhere in a file; undefined where there is no place for it. */
export type Make = (right: Right, pick: Pick) => Mistake | undefined;
export type Pick = <T>(list: readonly T[]) => T | undefined;

type Edit = readonly [from: number, to: number, by: string];
const edited = (text: string, [from, to, by]: Edit): string => text.slice(0, from) + by + text.slice(to);

/** A mistake on the line where the text is changed. */
const onLine = (text: string, edit: Edit, more: Partial<Mistake> = {}): Mistake => {
  const line = lineAt(text, edit[0]);
  return { text: edited(text, edit), lines: [line, line], wrong: 'always', ...more };
};

/** All schemas that may hold for what stands at a path. */
function schemasAt(root: Schema, path: Path): readonly Schema[] {
  const open = (schema: Schema): readonly Schema[] => {
    const real = resolved(schema, root);
    return [real, ...(real.anyOf ?? []).flatMap(open)];
  };
  return path.reduce<readonly Schema[]>(
    (found, key) =>
      found.flatMap(({ properties = {}, additionalProperties, items }) => {
        const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
        const further =
          typeof key === 'number' ? items : typeof additionalProperties === 'object' ? additionalProperties : undefined;
        const inside = own ?? further;
        return inside === undefined ? [] : open(inside);
      }),
    open(root),
  );
}

/** The maps around a spot in which its key is one of the language's own. */
const strictAround = (root: Schema, { path }: Spot): readonly Schema[] =>
  schemasAt(root, path.slice(0, -1)).filter(({ properties = {} }) => Object.hasOwn(properties, path.at(-1) ?? ''));

const keyOf = ({ path }: Spot): string => String(path.at(-1));
const blocks = (text: string): readonly Spot[] => spotsOf(text).filter(({ block }) => block);

/** From the beginning of its first line to the end of its last. */
const wholeLines = (text: string, { key, value }: Spot): readonly [number, number] => [
  lineStart(text, key[0]),
  lineEnd(text, Math.max(value[1], key[1])),
];

/** What stands before a key on its line: spaces, and the dashes of list elements that it begins. */
const margin = (text: string, { key }: Spot): string => text.slice(lineStart(text, key[0]), key[0]);

const misspelt: Make = ({ text, schema }, pick) => {
  const spot = pick(spotsOf(text).filter((each) => strictAround(schema, each).length > 0));
  const suffix = pick(['x', 'zz', 's', '_', 'qq']);
  if (spot === undefined || suffix === undefined) return undefined;
  const name = `${keyOf(spot)}${suffix}`;
  const isKnown = strictAround(schema, spot).some(({ properties = {} }) => Object.hasOwn(properties, name));
  return isKnown ? undefined : onLine(text, [...spot.key, name], { says: name });
};

const doubled: Make = ({ text }, pick) => {
  const spot = pick(blocks(text));
  if (spot === undefined) return undefined;
  const [from, to] = wholeLines(text, spot);
  const again = text.slice(from, to).replace(/^[\s-]*/, (dashes) => ' '.repeat(dashes.length));
  const line = lineAt(text, to) + 1;
  return { text: edited(text, [to, to, `\n${again}`]), lines: [line, line], says: 'stands twice', wrong: 'always' };
};

/** A key that must be there; of its map must be told. */
const leftOut: Make = ({ text }, pick) => {
  const all = spotsOf(text);
  const besides = ({ path }: Spot): readonly Spot[] =>
    all.filter((each) => same(each.path.slice(0, -1), path.slice(0, -1)));
  const spot = pick(all.filter((each) => each.block && margin(text, each).trim() === '' && besides(each).length > 1));
  if (spot === undefined) return undefined;
  const [from, to] = wholeLines(text, spot);
  const lines = besides(spot).flatMap(({ key, value }) => [lineAt(text, key[0]), lineAt(text, value[1])]);
  const around: Mistake['lines'] = [Math.min(...lines) - 1, Math.max(...lines)];
  return { text: edited(text, [from, to + 1, '']), lines: around, wrong: 'schema' };
};

const OTHERS = ['[[x]]', '{nonsense: 1}', '1.10', 'true', 'nonsense-word', "''", '7', '[]', '{}', '-1', 'null', ''];

/** A value of another kind, or one that nobody knows. */
const otherValue: Make = ({ text }, pick) => {
  const spot = pick(spotsOf(text));
  const other = pick(OTHERS);
  if (spot === undefined || other === undefined) return undefined;
  const { value, key } = spot;
  const made = onLine(text, [...value, other], { wrong: 'schema' });
  // Where the old value began on a line of its own, so does the new one; that the key is told of will do.
  return { ...made, lines: [lineAt(text, key[0]), made.lines[1]] };
};

const NEVER: Readonly<Record<string, readonly string[]>> = {
  timeout: ['soon', '0s', '5 minutes', '-1'],
  delay: ['soon', '900h'],
  mode: ["'rw'", "'0999'"],
  pattern: ["'['", "'a)|(b'"],
  on: ['nowhere', "'nofact=1'", '[alpha, nowhere]'],
  hosts: ['nowhere', '[nowhere]', "'a b'"],
  id: ["'A b'", 'toString', "''"],
  name: ["'${{ params.release }}'"],
  serial: ["'0%'", 'half', '0'],
  retries: ['0', '1.5', '9999'],
  max_hosts: ['0'],
  path: ["'${{ params.nothing }}'", "'${{ nonsense }}'"],
  when: ["''", "'a ==='", "'params.nothing'", "'${{ true }} and'", "'facts'"],
};

/** What no schema can refuse, and no run could use. */
const neverRight: Make = ({ text, schema }, pick) => {
  const fits = (spot: Spot): boolean =>
    Object.hasOwn(NEVER, keyOf(spot)) &&
    strictAround(schema, spot).length > 0 &&
    // A step's own key, where it is not one that is the same wherever it stands.
    (typeof spot.path.at(-2) === 'number' || ['path', 'mode', 'hosts', 'pattern'].includes(keyOf(spot)));
  const spot = pick(spotsOf(text).filter(fits));
  const other = spot && pick(NEVER[keyOf(spot)] ?? []);
  if (spot === undefined || other === undefined) return undefined;
  const made = onLine(text, [...spot.value, other]);
  return { ...made, lines: [lineAt(text, spot.key[0]), made.lines[1]] };
};

/** A line one column too far in, or not far enough: it or the one before is told of. */
const badlyIndented: Make = ({ text }, pick) => {
  const spot = pick(blocks(text).filter((each) => each.before !== undefined && margin(text, each).trim() === ''));
  const outward = pick([true, false]);
  if (spot?.before === undefined || outward === undefined) return undefined;
  const from = lineStart(text, spot.key[0]);
  if (outward && margin(text, spot) === '') return undefined;
  const line = lineAt(text, from);
  const lines: Mistake['lines'] = [lineAt(text, spot.before.key[0]), Math.max(line, lineAt(text, spot.value[1]) + 1)];
  return { text: edited(text, outward ? [from, from + 1, ''] : [from, from, ' ']), lines, wrong: 'always' };
};

const tabbed: Make = ({ text }, pick) => {
  const spot = pick(blocks(text).filter((each) => /^ +$/.test(margin(text, each))));
  if (spot === undefined) return undefined;
  const from = lineStart(text, spot.key[0]);
  return onLine(text, [from, spot.key[0], '\t'], { says: 'tab' });
};

const doubledId: Make = ({ text }, pick) => {
  const ids = spotsOf(text).filter(({ path }) => path.at(-1) === 'id' && typeof path.at(-2) === 'number');
  const later = pick(
    ids.filter(({ path }) =>
      ids.some(
        (each) => same(each.path.slice(0, -2), path.slice(0, -2)) && Number(each.path.at(-2)) < Number(path.at(-2)),
      ),
    ),
  );
  const earlier = later && ids.find(({ path }) => same(path.slice(0, -2), later.path.slice(0, -2)));
  if (later === undefined || earlier === undefined) return undefined;
  return onLine(text, [...later.value, text.slice(...earlier.value)], { says: 'already' });
};

/** Matches of a pattern in texts that hold expressions: those with `${{ }}`, and conditions, which may go without. */
function inValues({ text, schema }: Right, pattern: RegExp, bare?: RegExp): readonly RegExpExecArray[] {
  return spotsOf(text).flatMap(({ path, value: [from, to] }) => {
    const kinds = schemasAt(schema, path).flatMap(({ type = [] }) => type);
    const source = text.slice(from, to);
    const used = source.includes('${{') ? pattern : kinds.includes('boolean') ? bare : undefined;
    if (!kinds.includes('string') || used === undefined) return [];
    return [...source.matchAll(used)].map((found) => Object.assign(found, { index: found.index + from }));
  });
}

const IN_EXPRESSION = /(?<=\$\{\{[^}]*\b(?:params|vars|facts|steps)\.)[\w-]+(?=[^}]*\}\})/g;
const IN_CONDITION = /(?<=^'?[^{'"]*\b(?:params|vars|facts|steps)\.)[\w-]+/g;

/** A name that nothing has. */
const unknownName: Make = (right, pick) => {
  const found = pick(inValues(right, IN_EXPRESSION, IN_CONDITION));
  if (found === undefined) return undefined;
  const name = `${found[0]}zz`;
  return onLine(right.text, [found.index, found.index + found[0].length, name], { says: name });
};

/** Something has another name now, and is still asked for by the old one. */
const renamed: Make = ({ text }, pick) => {
  const named = spotsOf(text).filter(
    ({ path }) => path.length === 2 && ['params', 'vars', 'facts'].includes(String(path[0])),
  );
  const spot = pick(named);
  if (spot === undefined) return undefined;
  const uses = [...text.matchAll(new RegExp(`\\b${String(spot.path[0])}\\.${keyOf(spot)}\\b`, 'g'))];
  const lines = uses.map(({ index }) => lineAt(text, index));
  if (lines.length === 0) return undefined;
  const around: Mistake['lines'] = [Math.min(...lines), Math.max(...lines)];
  return {
    text: edited(text, [...spot.key, `${keyOf(spot)}_2`]),
    lines: around,
    says: `"${keyOf(spot)}"`,
    wrong: 'always',
  };
};

const brokenExpression: Make = (right, pick) => {
  const found = pick(inValues(right, /\$\{\{[^}]*\}\}/g));
  const by = pick([
    '${{ params.release &&}}',
    '${{ (params.release }}',
    '${{ }}',
    '${{ params. }}',
    '${{ params.release = 1 }}',
    '${{ nofunction(1) }}',
    '${{ params.release',
  ]);
  if (found === undefined || by === undefined) return undefined;
  // In a flow or a plain text a lone brace may mean something to YAML, too; it is told of in the same line.
  return onLine(right.text, [found.index, found.index + found[0].length, by]);
};

const expressionInScript: Make = ({ text, schema }, pick) => {
  const isScript = ({ path }: Spot): boolean =>
    schemasAt(schema, path).some(({ contentMediaType }) => contentMediaType === 'application/x-sh');
  const spot = pick(spotsOf(text).filter((each) => each.block && isScript(each)));
  if (spot === undefined) return undefined;
  const made = onLine(text, [...spot.value, "'echo ${{ params.release }}'"], { says: 'script' });
  return { ...made, lines: [lineAt(text, spot.key[0]), made.lines[1]] };
};

export const MISTAKES = {
  ...{ misspelt, doubled, leftOut, otherValue, neverRight, badlyIndented, tabbed, doubledId },
  ...{ unknownName, renamed, brokenExpression, expressionInScript },
} as const;

const same = (one: Path, other: Path): boolean =>
  one.length === other.length && one.every((key, at) => key === other[at]);
