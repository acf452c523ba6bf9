/** What the keys of a step mean where a person is asked. */
import { isMap } from './reading.ts';
import type { CheckedStep, WrongKey } from './step-rules.ts';

/** What they say is of something that runs on a host, or that may fail. */
const OF_A_JOB = ['env', 'chdir', 'done_when', 'verify', 'idempotent', 'on_failure'];

/** Tells what a step that asks a person cannot say. */
export function checkAsking(step: CheckedStep, has: (key: string) => boolean, wrongKey: WrongKey): void {
  const { name } = step.action;
  for (const key of OF_A_JOB) {
    if (has(key))
      wrongKey(key, `${name} asks a person and runs nothing on a host, so ${key} has no meaning: take it out`);
  }
  if (step.action.changes && has('retries')) {
    wrongKey('retries', `${name} waits until it is done, so there is nothing to try again: take retries out`);
  }
  if (has('timeout')) {
    wrongKey(
      'timeout',
      `${name} waits for a person as long as it takes, and never decides by itself: take timeout out`,
    );
  }
  // A condition that is a script is asked as that user.
  if (step.read.when === undefined || !('run' in step.read.when)) {
    for (const key of ['become', 'become_user']) {
      if (has(key)) wrongKey(key, `${name} runs nothing on a host, so ${key} has no meaning: take it out`);
    }
  }
  if (!step.action.changes) {
    for (const key of ['loop', 'serial']) {
      if (has(key)) wrongKey(key, `${name} is asked once, for the whole run: take ${key} out`);
    }
  }
  if (step.kind === 'undo' && !step.action.changes) {
    wrongKey(name, `a rollback must not wait for an agreement: take ${name} out of on_rollback`);
  }
  if (step.kind === 'undo' && isMap(step.input) && step.input['unlock'] !== undefined) {
    wrongKey(name, 'a rollback keeps its hosts until it is through: take unlock out');
  }
}

/** Whether a modifier has no meaning where a person is asked, so that a default of it is left out there. */
export const notForAsking = (key: string, changes: boolean, whenIsScript: boolean): boolean =>
  [...OF_A_JOB, 'timeout', 'retries', 'delay'].includes(key) ||
  (!whenIsScript && ['become', 'become_user'].includes(key)) ||
  (!changes && ['loop', 'serial'].includes(key));
