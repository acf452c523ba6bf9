import { actions } from '../actions/index.ts';
import { createHash } from 'node:crypto';
import { sorted } from '../language/check.ts';
import { parseInventory } from '../language/inventory.ts';
import { lintProcedure, parseProcedure } from '../language/procedure.ts';
import { nearest } from '../language/suggest.ts';
import type { Inventory, Parsed, Procedure, Problem } from '../language/types.ts';
import { type Callees, lintCalls } from '../plan/callees.ts';
import type { PlanFile } from '../plan/digest.ts';
import { readBeside } from './beside.ts';
import { matchesInTime } from './in-time.ts';
import { loadCallees } from './load-callees.ts';
import type { Source } from './ports.ts';
import { nameOf, pathOf, type ProcedureName } from './procedure-names.ts';
import { INVENTORY, PROCEDURES } from './workshop.ts';

/** A procedure with the inventory it belongs to, and the digests of the files it was read from. */
export interface Loaded {
  readonly commit: string | null;
  readonly procedure: Procedure;
  readonly inventory: Inventory;
  readonly files: readonly PlanFile[];
  /** Texts of the files beside the procedure that its steps name, by their names as written. */
  readonly texts: ReadonlyMap<string, string>;
  /** The procedures that it calls, and that these call. */
  readonly callees: Callees;
}

/** `missing`: there is no such procedure, said with the nearest ones. `faulty`: its file or the inventory has problems. */
export type Loading =
  | { readonly kind: 'ok'; readonly loaded: Loaded }
  | { readonly kind: 'missing'; readonly text: string }
  | { readonly kind: 'faulty'; readonly problems: readonly Problem[] };

/** The procedures there are, by their paths `procedures/<system>/<verb>.yml`. */
export async function procedureNames(source: Source, commit: string | null): Promise<readonly ProcedureName[]> {
  const paths = await source.list(commit, PROCEDURES);
  return paths
    .flatMap((path) => nameOf(path) ?? [])
    .sort((a, b) => `${a.system}/${a.verb}`.localeCompare(`${b.system}/${b.verb}`));
}

/** Reads a procedure and the inventory at a commit, and checks both as `lint` does. */
export async function load(source: Source, commit: string | null, name: ProcedureName): Promise<Loading> {
  const path = pathOf(name);
  const text = await source.read(commit, path);
  if (text === undefined) return { kind: 'missing', text: missingText(name, await procedureNames(source, commit)) };
  const inventory = await loadInventory(source, commit);
  const parsed = parseProcedure(text, { file: path, system: name.system, verb: name.verb, actions });
  if (!parsed.ok) return faulty(parsed.problems, inventory);
  const procedure = parsed.value;
  const { files, texts, problems: beside } = await readBeside(source, commit, procedure);
  const called = await loadCallees(source, commit, procedure, async () =>
    (await procedureNames(source, commit)).map((each) => `${each.system}/${each.verb}`),
  );
  const problems = [...beside, ...called.problems];
  if (!inventory.ok) return faulty(problems, inventory);
  const all = [procedure, ...[...called.callees.values()].map((callee) => callee.procedure)];
  const unfit = [
    ...problems,
    ...all.flatMap((each) => [
      ...lintProcedure(each, inventory.value),
      ...lintCalls(each, called.callees, inventory.value, matchesInTime),
    ]),
  ];
  if (unfit.length > 0) return faulty(byFile(unfit, all), inventory);
  const own = { path, sha256: createHash('sha256').update(text).digest('hex') };
  return {
    kind: 'ok',
    loaded: {
      ...{ commit, procedure, inventory: inventory.value, texts, callees: called.callees },
      files: [own, ...files, ...called.files],
    },
  };
}

/** File by file, as the procedures come to them, and each in its order. */
const byFile = (problems: readonly Problem[], procedures: readonly Procedure[]): readonly Problem[] => {
  const files = new Set([...procedures.map(({ file }) => file), ...problems.map(({ place }) => place.file)]);
  return [...files].flatMap((file) => sorted(problems.filter(({ place }) => place.file === file)));
};

const faulty = (problems: readonly Problem[], inventory: Parsed<Inventory>): Loading => ({
  kind: 'faulty',
  problems: [...problems, ...(inventory.ok ? [] : inventory.problems)],
});

/** The inventory at a commit; a missing file is a problem with its place. */
export async function loadInventory(source: Source, commit: string | null): Promise<Parsed<Inventory>> {
  const text = await source.read(commit, INVENTORY);
  if (text !== undefined) return parseInventory(text, INVENTORY);
  const message = 'there is no inventory; write one with `hosts:` and a name, address and user for each host';
  return { ok: false, problems: [{ place: { file: INVENTORY, line: 1, column: 1 }, message }] };
}

function missingText({ system, verb }: ProcedureName, names: readonly ProcedureName[]): string {
  const systems = [...new Set(names.map((each) => each.system))];
  const verbs = names.filter((each) => each.system === system).map((each) => each.verb);
  if (names.length === 0)
    return `There are no procedures yet. Write the first as \`${PROCEDURES}/${system}/${verb}.yml\`.`;
  if (verbs.length > 0) {
    const near = nearest(verb, verbs) ?? verbs[0] ?? verb;
    return `There is no procedure \`${verb}\` for ${system}. Did you mean \`/${near} ${system}\`? There are: ${verbs.map((each) => `\`/${each} ${system}\``).join(', ')}.`;
  }
  const forVerb = names.filter((each) => each.verb === verb).map((each) => each.system);
  const near = nearest(system, forVerb) ?? nearest(system, systems);
  const guess =
    near === undefined
      ? ''
      : ` Did you mean \`/${
          forVerb.includes(near)
            ? verb
            : (nearest(
                verb,
                names.filter((each) => each.system === near).map((each) => each.verb),
              ) ?? verb)
        } ${near}\`?`;
  return `There is no system \`${system}\`.${guess} There are: ${systems.map((each) => `\`${each}\``).join(', ')}. \`/procedures\` lists what they can do.`;
}
