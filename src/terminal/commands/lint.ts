import { basename, dirname, relative, resolve, sep } from 'node:path';
import { load, loadInventory } from '../../engine/load.ts';
import type { Source } from '../../engine/ports.ts';
import { misnamed, nameOf } from '../../engine/procedure-names.ts';
import { INVENTORY, PROCEDURES } from '../../engine/workshop.ts';
import type { Problem } from '../../language/types.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { folderSource } from '../folder-source.ts';
import { placed } from '../problems.ts';
import type { Session } from '../session.ts';

/** What it needs of a session. */
type Bench = Pick<Session, 'options' | 'say' | 'complain'> & { readonly workshop: Pick<Session['workshop'], 'source'> };

/** A file to look at: where it is as seen from inside, and as it was typed. */
interface Candidate {
  readonly path: string;
  readonly source: Source;
  readonly typed?: string;
}

/** Checks the named procedures, or all, and the inventory. Lines `file:line:col: message`; 0 clean, 2 with any. */
export async function lint(session: Bench, files: readonly string[]): Promise<ExitCode> {
  const { options, workshop } = session;
  const isInventory = (file: string): boolean => resolve(file) === resolve(options.inventory);
  const typedInventory = files.find(isInventory);
  const own = files.filter((file) => !isInventory(file)).map((file) => named(file, session));
  const all = files.length > 0 ? own : await listed(workshop.source);

  const inventory = await loadInventory(workshop.source, null);
  const typed = typedInventory === undefined ? undefined : new Map([[INVENTORY, typedInventory]]);
  const told = inventory.ok ? [] : inventory.problems.map((problem) => placed(problem, options, typed));
  for (const { path, source, typed: name } of all) {
    const as = name === undefined ? undefined : new Map([[path, name]]);
    told.push(...(await problemsOf(path, source)).map((problem) => placed(problem, options, as)));
  }
  for (const text of told) {
    if (options.json) session.complain(text);
    else session.say(text);
  }
  if (told.length > 0) return EXIT.invalid;
  const count = `${String(all.length)} ${all.length === 1 ? 'procedure' : 'procedures'}`;
  session.say(
    `${typedInventory === undefined ? count : all.length === 0 ? 'inventory' : `inventory, ${count}`}: clean`,
  );
  return EXIT.ok;
}

/** What is wrong with one file, the inventory apart, which is told once. */
async function problemsOf(path: string, source: Source): Promise<readonly Problem[]> {
  const whole = (message: string): readonly Problem[] => [{ place: { file: path, line: 1, column: 1 }, message }];
  const name = nameOf(path);
  if (name === undefined) return whole(misnamed(path) ?? 'this is no procedure: its name ends in .yml');
  if ((await source.read(null, path)) === undefined) return whole('there is no such file');
  const loading = await load(source, null, name);
  return loading.kind === 'faulty' ? loading.problems.filter(({ place }) => place.file !== INVENTORY) : [];
}

/** All procedures, and what is below their folder as if it were one. */
async function listed(source: Source): Promise<readonly Candidate[]> {
  const paths = await source.list(null, PROCEDURES);
  return paths
    .filter((path) => nameOf(path) !== undefined || misnamed(path) !== undefined)
    .map((path) => ({ path, source }));
}

/** A file given by hand. Outside the procedures' folder any folder may be that of its system. */
function named(typed: string, { options, workshop }: Bench): Candidate {
  const file = resolve(typed);
  const below = relative(resolve(options.procedures), file);
  if (!below.startsWith(`..${sep}`) && below !== '') {
    return { path: `${PROCEDURES}/${below.split(sep).join('/')}`, source: workshop.source, typed };
  }
  return { path: `${ELSEWHERE}/${basename(file)}`, source: elsewhere(dirname(file), options.inventory), typed };
}

const ELSEWHERE = `${PROCEDURES}/system`;

/** A folder that is looked at as that of a system. */
function elsewhere(folder: string, inventory: string): Source {
  const source = folderSource(folder, inventory);
  const inside = (path: string): string =>
    path.startsWith(`${ELSEWHERE}/`) ? `${PROCEDURES}${path.slice(ELSEWHERE.length)}` : path;
  return {
    head: () => source.head(),
    read: (commit, path) => source.read(commit, inside(path)),
    list: async (commit, path) =>
      (await source.list(commit, path)).map((each) => `${ELSEWHERE}${each.slice(PROCEDURES.length)}`),
  };
}
