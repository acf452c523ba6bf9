import { choiceText } from '../run/choosing.ts';
import type { PromptState, RunState } from '../run/types.ts';
import { clock, who } from './format.ts';
import { listed } from './markdown.ts';
import { hostsText } from './places.ts';
import { nameOf, type NumberedStep, numberedStep, stepKind } from './steps.ts';

/** Of a pause: who wanted it, what comes next, and what the run keeps meanwhile; plain text, a line each. */
export function pauseLines(state: RunState, prompt: PromptState): readonly string[] {
  const found = numberedStep(state, prompt.step, prompt.phase);
  if (prompt.paused === undefined || found === undefined) return [];
  const { by, at } = prompt.paused;
  const kept = [...state.locked, ...state.lockedNames];
  const open = prompt.answer === undefined;
  return [
    `${who(by)} asked for this pause at ${clock(at)}.${open ? ` ${before(found)}` : ''}`,
    ...(open
      ? [`Next is ${stepKind(state, found.taken)} ${found.number}, ${nameOf(found.step)}, ${where(found)}.`]
      : []),
    ...(open && kept.length > 0 ? [`The run keeps its locks meanwhile: ${listed(kept)}.`] : []),
  ];
}

function before({ number, taken }: NumberedStep): string {
  if (number > 1) return 'All that comes before is done, and nothing else has begun.';
  return taken.phase === 'undo' ? 'Nothing has been undone yet.' : 'Nothing has been changed yet.';
}

function where({ step, taken }: NumberedStep): string {
  if (step.choice !== undefined && taken.chosen === undefined) return `where ${choiceText(step.choice)} leads it`;
  return `on ${hostsText(taken.hosts, (name) => name)}`;
}

/** That a pause is on its way; plain text. */
export function pausingText({ pausing, status }: RunState): string | undefined {
  if (pausing === undefined) return undefined;
  const asked = `As ${who(pausing.by)} asked at ${clock(pausing.at)}, it pauses before`;
  return status === 'queued'
    ? `${asked} its first step.`
    : `${asked} the next step; what is under way goes on to its end.`;
}
