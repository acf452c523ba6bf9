import { planStep } from '../run/steps.ts';
import type { RunState, StepState } from '../run/types.ts';
import { type UndoItem, undoPlan } from '../run/undo.ts';
import type { Undo } from '../plan/types.ts';
import type { Detail } from './fit.ts';
import { cellCode, listed, plain, prose } from './markdown.ts';
import { places } from './places.ts';
import { nameOf, numbered, stepHosts, stepTitle } from './steps.ts';

/**
 * What a rollback would do, step by step in its order, what stays as it is and what cannot be undone included; then what
 * follows it.
 */
export function rollbackList(state: RunState, detail: Detail): string {
  const undos = undoPlan(state).map(
    ({ step, tasks, how }) =>
      `${stepTitle(planStep(state.plan, step, 'apply'))} on ${places(tasks, cellCode)}: ${howText(how)}`,
  );
  const then = (steps: readonly StepState[], words: string): readonly string[] =>
    numbered(state, steps).map(({ step, taken }) => `${stepTitle(step)} on ${stepHosts(step, taken)}: ${words}`);
  const all = [
    ...undos,
    ...then(state.after, 'taken after the undo'),
    ...then(state.always, 'always taken at the end'),
  ];
  const lines = all.map((line, index) => `${index + 1}. ${line}`);
  const left = lines.length - detail.rows;
  return [...lines.slice(0, detail.rows), ...(left > 0 ? [`${detail.rows + 1}. and ${left} more`] : [])].join('\n');
}

/** How a step is undone, in words. */
export function howText(how: Undo | UndoItem['how']): string {
  switch (how.kind) {
    case 'self':
      return 'undone by itself, from what it found before';
    case 'steps':
      return `${how.follows === true ? 'then follows' : 'undone by'} ${listed(how.steps.slice(0, 8).map((step) => `“${plain(nameOf(step))}”`))}${how.steps.length > 8 ? ` and ${how.steps.length - 8} more` : ''}`;
    case 'leave':
      return `stays as it is: ${prose(how.reason)}`;
    case 'none':
      return 'changes nothing';
    case 'irreversible':
      return '**cannot be undone**';
  }
}

/** Steps that a rollback puts back. */
export const undone = (items: readonly UndoItem[]): readonly UndoItem[] =>
  items.filter(({ how }) => how.kind === 'self' || (how.kind === 'steps' && how.follows !== true));

export const irreversible = (items: readonly UndoItem[]): readonly UndoItem[] =>
  items.filter(({ how }) => how.kind === 'irreversible');
