import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { actions } from '../../actions/index.ts';
import { loadInventory, procedureNames } from '../../engine/load.ts';
import { PROCEDURES } from '../../engine/workshop.ts';
import { lintProcedure, parseProcedure } from '../../language/procedure.ts';
import type { Problem } from '../../language/types.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { placed } from '../problems.ts';
import type { Session } from '../session.ts';

/** Checks the named procedures, or all, and the inventory. Lines `file:line:col: message`; 0 clean, 2 with any. */
export async function lint(session: Session, files: readonly string[]): Promise<ExitCode> {
  const { source } = session.workshop;
  const inventory = await loadInventory(source, null);
  const problems: Problem[] = inventory.ok ? [] : [...inventory.problems];
  const all = files.length > 0 ? files.map(named) : await listed(session);
  for (const { file, system, verb, read } of all) {
    const text = await read();
    if (text === undefined) {
      problems.push({ place: { file, line: 1, column: 1 }, message: 'there is no such file' });
      continue;
    }
    const parsed = parseProcedure(text, { file, system, verb, actions });
    if (!parsed.ok) problems.push(...parsed.problems);
    else if (inventory.ok) problems.push(...lintProcedure(parsed.value, inventory.value));
  }
  for (const problem of problems) {
    const text = placed(problem, session.options);
    if (session.options.json) session.complain(text);
    else session.say(text);
  }
  if (problems.length > 0) return EXIT.invalid;
  session.say(`${String(all.length)} ${all.length === 1 ? 'procedure' : 'procedures'}: clean`);
  return EXIT.ok;
}

interface Candidate {
  readonly file: string;
  readonly system: string;
  readonly verb: string;
  readonly read: () => Promise<string | undefined>;
}

async function listed(session: Session): Promise<readonly Candidate[]> {
  const { source } = session.workshop;
  return (await procedureNames(source, null)).map(({ system, verb }) => {
    const file = `${PROCEDURES}/${system}/${verb}.yml`;
    return { file, system, verb, read: () => source.read(null, file) };
  });
}

/** A file given by hand: its name is the verb, its folder the system. */
function named(file: string): Candidate {
  return {
    file,
    system: basename(dirname(file)),
    verb: basename(file).replace(/\.ya?ml$/, ''),
    read: () => readFile(file, 'utf8').catch(() => undefined),
  };
}
