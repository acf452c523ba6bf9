import { basename, dirname, relative, resolve, sep } from 'node:path';
import { actions } from '../../actions/index.ts';
import { load, loadInventory, type Loaded } from '../../engine/load.ts';
import type { Source } from '../../engine/ports.ts';
import { misnamed, nameOf } from '../../engine/procedure-names.ts';
import { INVENTORY, PROCEDURES } from '../../engine/workshop.ts';
import { expandHosts } from '../../language/inventory.ts';
import { scriptsIn, type WrittenScript } from '../../language/scripts.ts';
import type { Problem } from '../../language/types.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { folderSource } from '../folder-source.ts';
import { placed, realPath, told as asTold } from '../problems.ts';
import type { Session } from '../session.ts';
import { shellcheck } from '../shellcheck.ts';

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
  // What is wrong with a procedure is found anew with each that calls it.
  const told = new Set(inventory.ok ? [] : inventory.problems.map((problem) => placed(problem, options, typed)));
  const scripts: WrittenScript[] = [];
  for (const { path, source, typed: name } of all) {
    const looked = await lookAt(path, source, name ?? realPath(path, options));
    const as = name === undefined ? undefined : new Map([[path, name]]);
    for (const problem of looked.problems) told.add(placed(problem, options, as));
    scripts.push(...looked.scripts);
  }
  for (const problem of await scriptProblems(session, scripts)) told.add(asTold(problem));
  for (const text of told) {
    if (options.json) session.complain(text);
    else session.say(text);
  }
  if (told.size > 0) return EXIT.invalid;
  const count = `${String(all.length)} ${all.length === 1 ? 'procedure' : 'procedures'}`;
  session.say(
    `${typedInventory === undefined ? count : all.length === 0 ? 'inventory' : `inventory, ${count}`}: clean`,
  );
  return EXIT.ok;
}

/**
 * What is wrong with one file, the inventory apart, which is told once; and of a clean one its scripts.
 * @param as by which name the scripts' places name the file.
 */
async function lookAt(path: string, source: Source, as: string): Promise<Looked> {
  const whole = (message: string): Looked => ({
    problems: [{ place: { file: path, line: 1, column: 1 }, message }],
    scripts: [],
  });
  const name = nameOf(path);
  if (name === undefined) return whole(misnamed(path) ?? 'this is no procedure: its name ends in .yml');
  const text = await source.read(null, path);
  if (text === undefined) return whole('there is no such file');
  const loading = await load(source, null, name);
  if (loading.kind === 'faulty') {
    return { problems: loading.problems.filter(({ place }) => place.file !== INVENTORY), scripts: [] };
  }
  return { problems: [], scripts: loading.kind === 'ok' ? scriptsOf(text, as, loading.loaded) : [] };
}

/** With the variables that only the inventory knows. */
function scriptsOf(text: string, file: string, { procedure, inventory }: Loaded): readonly WrittenScript[] {
  const own = expandHosts(inventory, procedure.hosts).flatMap((host) => Object.keys(inventory.hosts[host]?.vars ?? {}));
  return scriptsIn(text, file, actions).map((script) => ({ ...script, variables: [...script.variables, ...own] }));
}

/** What ShellCheck has against scripts; where it could not be asked, that is told beside. */
async function scriptProblems(
  { options, complain }: Bench,
  scripts: readonly WrittenScript[],
): Promise<readonly Problem[]> {
  if (scripts.length === 0) return [];
  const checked = await shellcheck(scripts);
  if (checked.kind === 'checked') return checked.problems;
  if (!options.json) complain(`Scripts were not checked: ${checked.why}.`);
  return [];
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

interface Looked {
  readonly problems: readonly Problem[];
  readonly scripts: readonly WrittenScript[];
}

const ELSEWHERE = `${PROCEDURES}/system`;

/** A folder that is looked at as that of a system. */
function elsewhere(folder: string, inventory: string): Source {
  const source = folderSource(folder, inventory);
  // Of other systems, the folders beside it.
  const around = folderSource(dirname(folder), inventory);
  const inside = (path: string): string =>
    path.startsWith(`${ELSEWHERE}/`) ? `${PROCEDURES}${path.slice(ELSEWHERE.length)}` : path;
  return {
    head: () => source.head(),
    read: (commit, path) =>
      inside(path) === path && path !== INVENTORY ? around.read(commit, path) : source.read(commit, inside(path)),
    list: async (commit, path) =>
      (await source.list(commit, path)).map((each) => `${ELSEWHERE}${each.slice(PROCEDURES.length)}`),
  };
}
