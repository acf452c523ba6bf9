/** The keys that every step can have beside its action. */
import * as z from 'zod';
import {
  bool,
  choice,
  condition,
  duration,
  fixedText,
  hostName,
  integer,
  keys,
  mapOf,
  stepId,
  text,
  userName,
  variableName,
} from './fields.ts';
import { loop } from './loop.ts';
import { hostOrFact } from './on-fact.ts';
import { serial } from './serial.ts';
import type { Json } from './types.ts';

const HOSTS_WANTED = 'a host or group is wanted here, or a list of them, such as [web1, web2]';

/** One host or group, or several. */
export const hostList = (name: z.ZodString = hostName()) =>
  z.union([name, z.array(name).min(1, { error: 'the list is empty: name a host or group' })], {
    error: HOSTS_WANTED,
  });

/** Names of secrets. */
export const secretNames = () =>
  z
    .array(variableName(), { error: 'a list of names is wanted here, such as [DB_PASSWORD]' })
    .min(1, { error: 'the list is empty: name a secret, or take it out' });

export const asList = (given: string | readonly string[]): readonly string[] =>
  typeof given === 'string' ? [given] : given;

export const modifiers = {
  id: stepId().optional(),
  name: fixedText().optional(),
  on: hostList(hostOrFact()).optional(),
  when: condition().optional(),
  env: mapOf(text()).default({}),
  chdir: text().optional(),
  become: bool().optional(),
  become_user: userName().optional(),
  timeout: duration().default(600_000),
  done_when: condition().optional(),
  verify: condition().optional(),
  read_only: bool().default(false),
  idempotent: bool().default(false),
  critical: bool().default(false),
  preflight: bool().default(false),
  reversible: bool().default(true),
  destructive: bool().default(false),
  downtime: choice('begins', 'ends').optional(),
  on_failure: choice('prompt', 'rollback', 'abort', 'continue').default('prompt'),
  secrets: secretNames().optional(),
  no_log: bool().default(false),
  on_rollback: z.unknown().optional(),
  loop: loop().optional(),
  serial: serial().optional(),
  run_once: bool().default(false),
  max_hosts: integer(1, 10_000).optional(),
  retries: integer(1, 100).optional(),
  delay: duration().optional(),
};

export const MODIFIERS: readonly string[] = Object.keys(modifiers);

/** `{leave: reason}`: the words that stand for an undo. */
export const leaving = keys({ leave: fixedText().min(1, { error: 'say why nothing need be undone' }) });

/** The modifiers alone, once a step as a whole has been checked. */
export const modifiersOnly = z.object(modifiers);

/** What the reader of procedures needs to know of an action; those of the room `actions` are such. */
export interface ActionSyntax {
  /** The key in a step, e.g. `file`. */
  readonly name: string;
  /** Checks the key's value; string fields that are scripts refuse `${{`. */
  readonly schema: z.ZodType;
  /**
   * Further keys of the step that belong to the action, beside its own: `assert: …` and `fail_msg: …`. Each schema says
   * itself whether the key may be missing. Where there are siblings, the action's input is an object of its own key and
   * those siblings that are written: `{ assert: …, fail_msg: … }`; otherwise it is the key's value.
   */
  readonly siblings?: Readonly<Record<string, z.ZodType>>;
  /** Fields of its value that name text files of the repository, from the procedure's own folder down. */
  readonly sources?: readonly string[];
  /** False: it never changes a host (`assert`, `wait_for`, `comment`). */
  readonly changes: boolean;
  /** It only looks, and what it finds may stop the run before the first change: `preflight: true` may stand there. */
  readonly checks?: true;
  /** Its value is a table of hosts × facts: it names its hosts itself, so `on` has no meaning. */
  readonly table?: true;
  /** True: it undoes itself; false: a changing step needs `on_rollback` or `reversible: false`. */
  undoesItself(input: Json): boolean;
  /** It restarts the host, and says itself what must hold once that is back: `verify` has no meaning. */
  readonly restarts?: true;
  /** It stands for the steps of another procedure. */
  readonly calls?: true;
  /** It is a person who is asked, and nothing is run on a host. With `changes`: a person may change something by hand. */
  readonly asks?: true;
}
