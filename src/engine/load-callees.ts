import { actions } from '../actions/index.ts';
import { createHash } from 'node:crypto';
import { parseProcedure } from '../language/procedure.ts';
import { didYouMean } from '../language/suggest.ts';
import type { Call, Problem, Procedure } from '../language/types.ts';
import type { Callee } from '../plan/callees.ts';
import type { PlanFile } from '../plan/digest.ts';
import { readBeside } from './beside.ts';
import type { Source } from './ports.ts';
import { pathOf } from './procedure-names.ts';

/** The procedures that one calls, and that these call. */
export interface Called {
  /** Those that could be read, by their names. */
  readonly callees: ReadonlyMap<string, Callee>;
  readonly files: readonly PlanFile[];
  readonly problems: readonly Problem[];
}

/** Reads them at a commit, each once. @param names of all procedures there are, asked for only where one is missing. */
export async function loadCallees(
  source: Source,
  commit: string | null,
  caller: Procedure,
  names: () => Promise<readonly string[]>,
): Promise<Called> {
  const own = nameOf(caller);
  const callees = new Map<string, Callee>();
  const files: PlanFile[] = [];
  const problems: Problem[] = [];
  const tried = new Set([own]);
  const missing: Call[] = [];
  // Level by level, so that all of a level are read side by side.
  for (let level = callsOf(caller); level.length > 0;) {
    const wanted = [...new Set(level.map(({ procedure }) => procedure))].filter((name) => !tried.has(name));
    for (const name of wanted) tried.add(name);
    const read = await Promise.all(wanted.map(async (name) => [name, await readCallee(source, commit, name)] as const));
    const absent = new Set(read.flatMap(([name, found]) => (found === undefined ? [name] : [])));
    missing.push(...level.filter(({ procedure }) => absent.has(procedure)));
    const found = read.flatMap(([, each]) => each ?? []);
    for (const each of found) {
      files.push(...each.files);
      problems.push(...each.problems);
      if (each.callee !== undefined) callees.set(nameOf(each.callee.procedure), each.callee);
    }
    level = found.flatMap(({ callee }) => (callee === undefined ? [] : callsOf(callee.procedure)));
  }
  if (missing.length > 0) problems.push(...(await missingProblems(missing, names)));
  return { callees, files, problems: [...problems, ...circles(caller, callees)] };
}

const nameOf = ({ system, verb }: Procedure): string => `${system}/${verb}`;

const callsOf = ({ steps }: Procedure): readonly Call[] => steps.flatMap(({ call }) => call ?? []);

interface Read {
  /** Absent: it is faulty. */
  readonly callee?: Callee;
  readonly files: readonly PlanFile[];
  readonly problems: readonly Problem[];
}

async function readCallee(source: Source, commit: string | null, name: string): Promise<Read | undefined> {
  const [system = '', verb = ''] = name.split('/');
  const path = pathOf({ system, verb });
  const text = await source.read(commit, path);
  if (text === undefined) return undefined;
  const parsed = parseProcedure(text, { file: path, system, verb, actions });
  if (!parsed.ok) return { files: [], problems: parsed.problems };
  const procedure = parsed.value;
  const { files, texts, problems } = await readBeside(source, commit, procedure);
  const own = { path, sha256: createHash('sha256').update(text).digest('hex') };
  return { callee: { procedure, texts }, files: [own, ...files], problems };
}

async function missingProblems(
  calls: readonly Call[],
  names: () => Promise<readonly string[]>,
): Promise<readonly Problem[]> {
  const known = await names();
  return calls.map(({ procedure, place }) => {
    const [system = '', verb = ''] = procedure.split('/');
    const near = didYouMean(procedure, known);
    const instead = near === '' ? ': write that file, or name another' : near;
    return {
      place,
      message: `there is no procedure ${procedure}, since there is no file ${pathOf({ system, verb })}${instead}`,
    };
  });
}

/** Told at each call that leads back to a procedure on the way to it. */
function circles(caller: Procedure, callees: ReadonlyMap<string, Callee>): readonly Problem[] {
  const seen = new Set<string>();
  const walk = (procedure: Procedure, way: readonly string[]): readonly Problem[] => {
    const here = [...way, nameOf(procedure)];
    return callsOf(procedure).flatMap(({ procedure: name, place }) => {
      if (here.includes(name)) {
        const circle = [...here.slice(here.indexOf(name)), name].join(' calls ');
        return [{ place, message: `${circle}, so this would never end: take this call out` }];
      }
      const callee = callees.get(name);
      if (callee === undefined || seen.has(name)) return [];
      seen.add(name);
      return walk(callee.procedure, here);
    });
  };
  return walk(caller, []);
}
