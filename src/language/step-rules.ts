/** What the keys of a step mean together. */
import type * as z from 'zod';
import { checkAsking } from './ask-rules.ts';
import { checkCalling } from './call.ts';
import type { Merged, StepKind } from './defaults.ts';
import { checkEnding } from './ending-rules.ts';
import type { Reading } from './reading.ts';
import type { ActionSyntax, modifiersOnly } from './step-schema.ts';
import type { Json } from './types.ts';

export interface CheckedStep {
  readonly action: ActionSyntax;
  readonly input: Json;
  readonly read: z.output<typeof modifiersOnly>;
  readonly kind: StepKind;
}

/** Actions that run nothing on a host. */
export const SAYING: readonly string[] = ['comment', 'manual', 'approve', 'call'];

/** Tells where a step contradicts itself, and where it leaves open what a run must know. */
export function checkStep(file: Reading, merged: Merged, step: CheckedStep): void {
  const { yaml, wrong } = file;
  const { action, input, read } = step;
  const has = (key: string): boolean => yaml.at(merged.at(key)) !== undefined;
  const wrongKey = (key: string, message: string): void => {
    wrong(yaml.keyPlace(merged.at(key)), message);
  };
  if (action.calls === true) {
    checkCalling(step, has, wrongKey);
    return;
  }
  const undoesItself = action.undoesItself(input);
  const changes = action.changes && !read.read_only;

  if (read.become === false && read.become_user !== undefined) {
    wrongKey('become_user', 'become: false and become_user contradict each other: take one of them out');
  }
  if (read.critical && read.on_failure === 'continue') {
    wrongKey('on_failure', 'a critical step is never passed over: take out critical, or on_failure: continue');
  }
  if (read.read_only && action.changes && (undoesItself || action.restarts === true)) {
    wrongKey('read_only', `${action.name} changes the host, so this step is not read-only: take read_only out`);
  }
  if (read.no_log && SAYING.includes(action.name)) {
    wrongKey(
      'no_log',
      `no_log keeps back what a step prints, and ${action.name} prints nothing on a host: take it out`,
    );
  }
  if (action.restarts === true && has('verify')) {
    wrongKey(
      'verify',
      `what must hold once the host is back is said in ${action.name}: write until there, and take verify out`,
    );
  }
  if (action.asks === true) checkAsking(step, has, wrongKey);
  else if (!action.changes) {
    for (const key of ['done_when', 'verify']) {
      if (has(key)) wrongKey(key, `${action.name} changes nothing, so ${key} has no meaning: take it out`);
    }
  }
  if (action.table === true && has('on')) {
    wrongKey('on', `${action.name} names its hosts itself: take on out`);
  }
  if (read.preflight && action.checks !== true) {
    wrongKey('preflight', 'only assert and expect can be looked at before the first change: take preflight out');
  }
  if (read.destructive && !changes) {
    const why = read.read_only ? 'read_only says that this step changes nothing' : `${action.name} changes nothing`;
    wrongKey('destructive', `${why}, so it destroys nothing: take destructive out`);
  }
  if (step.kind === 'undo') {
    for (const key of ['reversible', 'on_failure', 'preflight', 'downtime']) {
      if (has(key)) wrongKey(key, `${key} has no meaning for a step that undoes another: take it out`);
    }
    return;
  }
  if (step.kind !== 'step') {
    checkEnding(step, has, wrongKey);
    if (changes && action.asks !== true) checkNamed(step, wrongKey);
    return;
  }
  if (action.asks === true && changes) checkByHand(step, has('on_rollback'), wrongKey);
  else if (changes) checkChanging(step, has('on_rollback'), undoesItself, wrongKey);
  else checkUnchanging(step, has('on_rollback'), wrongKey);
}

const CONTRADICTING = 'on_rollback and reversible: false contradict each other: take one of them out';

export type WrongKey = (key: string, message: string) => void;

/** What a person does need not say how it is undone: this run has not done it, and a rollback says so. */
function checkByHand({ read }: CheckedStep, hasUndo: boolean, wrongKey: WrongKey): void {
  if (hasUndo && !read.reversible) wrongKey('on_rollback', CONTRADICTING);
}

function checkNamed({ action, read }: CheckedStep, wrongKey: WrongKey): void {
  if (read.id !== undefined) return;
  wrongKey(
    action.name,
    'this step changes something, so it needs a name that stays: add id, for instance id: stop-services' +
      (action.name === 'run' ? ' (or read_only: true, if it only looks)' : ''),
  );
}

function checkChanging(step: CheckedStep, hasUndo: boolean, undoesItself: boolean, wrongKey: WrongKey): void {
  const { action, read } = step;
  checkNamed(step, wrongKey);
  if (hasUndo && !read.reversible) {
    wrongKey('on_rollback', CONTRADICTING);
  }
  if (!hasUndo && read.reversible && !undoesItself) {
    wrongKey(
      action.name,
      `nothing says how to undo this step: add on_rollback with the steps that do, on_rollback: {leave: why nothing ` +
        `need be undone}, or reversible: false` +
        (action.name === 'run' ? ' (or read_only: true, if it only looks)' : ''),
    );
  }
}

function checkUnchanging({ action, read }: CheckedStep, hasUndo: boolean, wrongKey: WrongKey): void {
  const why = read.read_only ? 'read_only says that this step changes nothing' : `${action.name} changes nothing`;
  if (hasUndo) wrongKey('on_rollback', `${why}, so there is nothing to undo: take on_rollback out`);
  if (!read.reversible) wrongKey('reversible', `${why}, so there is nothing to reverse: take reversible out`);
}
