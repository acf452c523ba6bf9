/** What the keys mean together by which a step is done several times: for items, for hosts, or once more. */
import type * as z from 'zod';
import type { Merged } from './defaults.ts';
import type { Visible } from './embedded.ts';
import type { Reading } from './reading.ts';
import type { ActionSyntax, modifiersOnly } from './step-schema.ts';

export interface Many {
  readonly action: ActionSyntax;
  readonly read: z.output<typeof modifiersOnly>;
  /** The names of params and vars, which a loop's variables stand beside. */
  readonly names: Pick<Visible, 'params' | 'vars'>;
  /** It undoes a step with a loop. */
  readonly ofItems: boolean;
}

/** The variables that a loop gives to scripts. */
export const LOOP_VARIABLES = ['item', 'item_key'] as const;

/** Tells where `loop`, `serial`, `run_once`, `retries` and `delay` cannot mean anything. */
export function checkMany({ yaml, wrong }: Reading, { at }: Merged, { action, read, names, ofItems }: Many): void {
  const wrongKey = (key: string, message: string): void => {
    wrong(yaml.keyPlace(at(key)), message);
  };
  if (read.loop !== undefined && ofItems) {
    wrongKey('loop', 'it undoes a step with a loop, so it is done for each of those items already: take loop out');
  }
  if (read.loop !== undefined || ofItems) {
    for (const name of LOOP_VARIABLES) {
      if (Object.hasOwn(read.env, name)) {
        wrong(yaml.keyPlace([...at('env'), name]), `"${name}" is the loop's own variable: choose another name`);
      }
      const kind = names.params.includes(name) ? 'param' : names.vars.includes(name) ? 'var' : undefined;
      if (kind !== undefined && !ofItems) {
        wrongKey('loop', `there is a ${kind} "${name}", which the loop's own variable would hide: rename the ${kind}`);
      }
    }
  }
  if (read.serial !== undefined && read.run_once) {
    wrongKey('serial', 'with run_once there is one host only, so nothing to take in batches: take one of the two out');
  }
  if (read.serial !== undefined && action.name === 'comment') {
    wrongKey('serial', 'what is said is said at once: take serial out');
  }
  if (read.retries !== undefined && !action.changes) {
    wrongKey(
      'retries',
      `${action.name} starts nothing on a host that could be tried again: to wait until a condition holds, ` +
        'write wait_for with delay and timeout',
    );
  }
  const ownDelay = Object.hasOwn(action.siblings ?? {}, 'delay');
  if (read.delay !== undefined && read.retries === undefined && !ownDelay) {
    wrongKey('delay', 'delay goes with retries: add retries, how often to try again, or take delay out');
  }
}
