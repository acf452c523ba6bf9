/** What the keys of a step mean in `rollback` and `always`, the lists with which a run ends. */
import { isMap } from './reading.ts';
import type { CheckedStep, WrongKey } from './step-rules.ts';

const WHEN = { rollback: 'what follows a rollback', always: 'what is done at the end of every run' } as const;

/** Why a key has no meaning there. */
const NOT_THERE = {
  reversible: 'is never taken back',
  preflight: 'is not looked at before the first change',
  downtime: 'is no part of a downtime that was planned',
} as const;

/** Tells what a step cannot say that stands at a run's end. */
export function checkEnding(
  { kind, action, input, read }: CheckedStep,
  has: (key: string) => boolean,
  wrongKey: WrongKey,
): void {
  if (kind === 'step' || kind === 'undo') return;
  for (const [key, why] of Object.entries(NOT_THERE)) {
    if (has(key)) wrongKey(key, `${WHEN[kind]} ${why}: take ${key} out`);
  }
  if (has('on_failure') && (read.on_failure === 'rollback' || read.on_failure === 'abort')) {
    wrongKey('on_failure', `there is no way back from ${WHEN[kind]}: write on_failure: prompt or continue`);
  }
  if (action.asks === true && !action.changes) {
    wrongKey(action.name, `the end of a run must not wait for an agreement: take ${action.name} out of ${kind}`);
  }
  if (action.asks === true && isMap(input) && input['unlock'] !== undefined) {
    wrongKey(action.name, 'a run keeps its hosts until it is through: take unlock out');
  }
}
