import { actions } from '../../src/actions/index.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { Json, Problem, Procedure } from '../../src/language/types.ts';
import type { Callees } from '../../src/plan/callees.ts';
import { makePlan, type MadePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/types.ts';
import { FILES, inventoryOf } from './fixture.ts';

/** Procedures by their names, `app/stop`. */
export type Texts = Readonly<Record<string, string>>;

export interface Calling {
  /** What stands in `app/upgrade`. */
  readonly caller: string;
  readonly callees?: Texts;
  readonly params?: Readonly<Record<string, Json>>;
  readonly inventory?: string;
}

export function readProcedure(text: string, name = 'app/upgrade'): Procedure {
  const [system = '', verb = ''] = name.split('/');
  const parsed = parseProcedure(text, { file: `procedures/${name}.yml`, system, verb, actions });
  if (!parsed.ok) throw new Error(told(parsed.problems).join('\n'));
  return parsed.value;
}

export const calleesOf = (texts: Texts): Callees =>
  new Map(
    Object.entries(texts).map(([name, text]) => [name, { procedure: readProcedure(text, name), texts: new Map() }]),
  );

export const HOSTS = `
hosts:
  alpha: {address: alpha.example, user: ops}
  beta: {address: beta.example, user: ops}
`;

export const made = ({ caller, callees = {}, params = {}, inventory = HOSTS }: Calling): MadePlan =>
  makePlan({
    ...{ procedure: readProcedure(caller), params, inventory: inventoryOf(inventory), callees: calleesOf(callees) },
    ...{ files: FILES, texts: new Map(), commit: null, actions },
  });

export function planned(of: Calling): Plan {
  const result = made(of);
  if (!result.ok) throw new Error(told(result.problems).join('\n'));
  return result.plan;
}

export const told = (problems: readonly Problem[]): readonly string[] =>
  problems.map(({ place, message }) => `${place.file}:${String(place.line)}:${String(place.column)} ${message}`);
