/** `defaults` of a procedure: modifiers for all of its steps. */
import { notForAsking } from './ask-rules.ts';
import { goesWithCall } from './call.ts';
import { checkEmbedded, type Visible } from './embedded.ts';
import { keys } from './fields.ts';
import { entriesAt, isMap, type Reading } from './reading.ts';
import { SAYING } from './step-rules.ts';
import { modifiers, type ActionSyntax } from './step-schema.ts';
import type { HostMention, Json } from './types.ts';
import { checkVariable } from './variables.ts';
import type { Path } from './yaml-file.ts';

type Map = Readonly<Record<string, Json>>;

/** Where a step stands: among the procedure's steps, among those that undo one, or in `rollback` or `always`. */
export type StepKind = 'step' | 'undo' | 'rollback' | 'always';

/** A step's modifiers as they hold for it, and where each is written. */
export interface Merged {
  readonly data: Map;
  readonly at: (key: string) => Path;
}

/** Where they stand in the file. */
export const DEFAULTS = ['defaults'] as const;

/** What belongs to one step alone; of secrets, so that each script sees only those that it needs. */
const OF_ONE_STEP = ['id', 'name', 'loop', 'secrets', 'downtime'];
const { id: _id, name: _name, loop: _loop, secrets: _secrets, downtime: _downtime, ...shared } = modifiers;
export const defaultsSchema = keys(shared);

/** The defaults by their keys, as they are written; those that are wrong are told and left out. */
export function readDefaults(
  file: Reading,
  visible: Visible,
  readOn: (at: Path) => readonly HostMention[],
): { readonly given: Map; readonly hosts: readonly HostMention[] } {
  const { yaml } = file;
  if (yaml.at(DEFAULTS) === undefined) return { given: {}, hosts: [] };
  file.take(defaultsSchema, DEFAULTS, (key) =>
    OF_ONE_STEP.includes(key) ? `"${key}" belongs to one step: write it there, and take it out here` : undefined,
  );
  for (const [name, at] of entriesAt(yaml, [...DEFAULTS, 'env'])) checkVariable(file, name, at);
  const hosts: HostMention[] = [];
  const given = entriesAt(yaml, DEFAULTS).flatMap(([key, at]): [string, Json][] => {
    const value = yaml.at(at);
    const made = schemaOf(key)?.safeParse(value);
    if (value === undefined || made?.success !== true) return [];
    hosts.push(...checkEmbedded(file, made.data, at, visible), ...(key === 'on' ? readOn(at) : []));
    return [[key, value]];
  });
  contradictions(file, Object.fromEntries(given));
  return { given: Object.fromEntries(given), hosts };
}

const schemaOf = (key: string) => new Map(Object.entries(shared)).get(key);

/** Two defaults that no step could follow both. */
function contradictions({ yaml, wrong }: Reading, given: Map): void {
  const both = (key: string, message: string): void => {
    wrong(yaml.keyPlace([...DEFAULTS, key]), message);
  };
  if (given['become'] === false && 'become_user' in given) {
    both('become_user', 'become: false and become_user contradict each other: take one of them out');
  }
  if (given['critical'] === true && given['on_failure'] === 'continue') {
    both('on_failure', 'a critical step is never passed over: take out critical, or on_failure: continue');
  }
  if ('serial' in given && given['run_once'] === true) {
    both('serial', 'with run_once there is one host only, so nothing to take in batches: take one of the two out');
  }
  if ('delay' in given && !('retries' in given)) {
    both('delay', 'delay goes with retries: add retries, how often to try again, or take delay out');
  }
  if (given['reversible'] === false && 'on_rollback' in given) {
    both('on_rollback', 'on_rollback and reversible: false contradict each other: take one of them out');
  }
}

/**
 * A step with what it leaves to the defaults. A default holds as if it stood at the step, wherever it can stand there and
 * the step says nothing else: what makes no sense for the action, or against what the step says, is left out.
 */
export function withDefaults(
  { yaml }: Reading,
  path: Path,
  defaults: Map,
  action: ActionSyntax,
  input: Json,
  kind: StepKind,
): Merged {
  const written = yaml.at(path);
  const own: Map = isMap(written) ? written : {};
  const taken = Object.entries(defaults).filter(
    ([key, value]) => !Object.hasOwn(own, key) && fits(key, value, own, defaults, action, input, kind),
  );
  const env =
    isMap(own['env']) && isMap(defaults['env']) && kind !== 'undo' ? { ...defaults['env'], ...own['env'] } : undefined;
  const names = new Set(taken.map(([key]) => key));
  return {
    data: { ...Object.fromEntries(taken), ...own, ...(env === undefined ? {} : { env }) },
    at: (key) => (names.has(key) ? [...DEFAULTS, key] : [...path, key]),
  };
}

const FOLLOWED = [
  ...['on', 'when', 'env', 'chdir', 'become', 'become_user', 'done_when', 'verify'],
  ...['serial', 'run_once', 'max_hosts'],
];

/** Whether a default can stand at a step. */
function fits(
  key: string,
  value: Json,
  own: Map,
  defaults: Map,
  action: ActionSyntax,
  input: Json,
  kind: StepKind,
): boolean {
  if (kind !== 'step' && ['critical', 'on_failure', 'on_rollback', 'reversible', 'preflight'].includes(key))
    return false;
  // What undoes a step follows that step in these, and is due whether or not the step's own conditions hold by then.
  if (kind === 'undo' && FOLLOWED.includes(key)) return false;
  const when = own['when'] ?? defaults['when'];
  if (action.asks === true && notForAsking(key, action.changes, isMap(when))) return false;
  if (action.calls === true) return goesWithCall(key, isMap(when));
  const undoSaid = 'on_rollback' in own || own['reversible'] === false;
  const onlyLooks = (own['read_only'] ?? (!undoSaid && action.name === 'run' ? defaults['read_only'] : false)) === true;
  switch (key) {
    case 'become':
      return !('become_user' in own);
    case 'become_user':
      return own['become'] !== false;
    case 'critical':
      return own['on_failure'] !== 'continue';
    case 'on_failure':
      return value !== 'continue' || own['critical'] !== true;
    case 'done_when':
      return action.changes;
    case 'verify':
      return action.changes && action.restarts !== true;
    // Of the actions that change a host, only `run` can be told to change nothing.
    case 'read_only':
      return action.name === 'run' && !action.undoesItself(input) && !undoSaid;
    case 'destructive':
      return action.changes && !onlyLooks;
    case 'on_rollback':
    case 'reversible':
      return action.changes && !onlyLooks && !undoSaid;
    case 'on':
      return action.table !== true;
    case 'preflight':
      return action.checks === true;
    case 'no_log':
      return !SAYING.includes(action.name);
    case 'serial':
      return action.name !== 'comment' && own['run_once'] !== true;
    case 'run_once':
      return !('serial' in own);
    case 'retries':
    case 'delay':
      return action.changes;
    default:
      return true;
  }
}
