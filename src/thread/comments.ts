import { startApprovals } from '../run/approvals.ts';
import { awaitsStart } from '../run/start.ts';
import { allSteps } from '../run/steps.ts';
import type { Instant, RunState, StepState, TaskState } from '../run/types.ts';
import { fit, LONGEST } from './fit.ts';
import { blocks, code, counted } from './markdown.ts';
import { type CommentKind, markedBody, marker, markerWord } from './marker.ts';
import { isOver } from './marks.ts';
import { renderStartApproval } from './render-approval.ts';
import { renderBlocked, renderDryRun } from './render-dry-run.ts';
import { renderEnd } from './render-end.ts';
import { renderLive } from './render-live.ts';
import { renderPrompt } from './render-prompt.ts';
import { said } from './said.ts';
import { numbered } from './steps.ts';
import type { View } from './view.ts';

/** A comment that should stand in the thread. */
export interface ThreadComment {
  /** By which it is looked up before it is made; `markerOf` finds it in a body. */
  readonly marker: string;
  /** Begins with its marker. */
  readonly body: string;
  /** When that of which it tells first came about. */
  readonly at: Instant;
  /** A person must look: it is worth making at once. The live comment can wait for a quiet moment. */
  readonly notify: boolean;
}

/**
 * All comments that a run should have by now, in the order in which they should be made. Depends on nothing but the
 * state, so that comparing a body with the one that was posted tells whether there is anything to say.
 */
export function commentsOf(state: RunState, view: View): readonly ThreadComment[] {
  const over = isOver(state);
  // Where there is but one comment, it is the end comment, too.
  const only = (text: string, notify: boolean): ThreadComment =>
    comment(state, 'live', state.requestedAt, text, notify, over ? state.head : undefined);
  if (state.mode === 'dryrun') return [only(renderDryRun(state, view), over)];
  if (state.blocked.length > 0) return [only(renderBlocked(state), over), ...approval(state), ...inBetween(state)];
  const live = comment(state, 'live', state.requestedAt, renderLive(state), false);
  const end = over ? [comment(state, 'end', state.endedAt ?? state.lastAt, renderEnd(state), true, state.head)] : [];
  return [live, ...approval(state), ...inBetween(state), ...end];
}

/** The agreement that is asked for before the run starts. It stands for the request: no event of its own opens it. */
function approval(state: RunState): readonly ThreadComment[] {
  if (startApprovals(state) === undefined) return [];
  return [
    comment(state, 'approval', state.requestedAt, renderStartApproval(state), awaitsStart(state), state.firstHead),
  ];
}

/** Prompts and the procedure's own words, by the time at which they came. */
function inBetween(state: RunState): readonly ThreadComment[] {
  const prompts = state.prompts.map((prompt) =>
    comment(
      state,
      `prompt-${prompt.id}`,
      prompt.openedAt,
      renderPrompt(state, prompt),
      prompt.answer === undefined,
      // The journal's head at the moment that the comment speaks of.
      prompt.head,
    ),
  );
  const said = sayings(state, allSteps(state));
  return [...prompts, ...said].toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

/** `comment` steps: their text as the procedure means it, mentions included. The same words for several hosts once. */
function sayings(state: RunState, steps: readonly StepState[]): readonly ThreadComment[] {
  return numbered(state, steps).flatMap(({ step, taken }) => {
    if (step.work.kind !== 'say') return [];
    const told = taken.tasks.filter(
      (task) => (task.outcome === 'ok' || task.outcome === 'changed') && (task.text ?? '').trim() !== '',
    );
    if (told.length === 0) return [];
    const kind = `say-${markerWord(taken.phase === 'undo' ? `undo.${step.id}` : step.id)}` as const;
    const body = sayingOf(told, `Step ${code(step.id)}, in ${code(state.plan.file)},`);
    return [comment(state, kind, taken.endedAt ?? taken.openedAt ?? state.lastAt, body, true)];
  });
}

/** As many of the texts, with as much of the values in them, as there is room for; a text itself is never cut. */
function sayingOf(told: readonly TaskState[], who: string): string {
  const body = fit((detail) => {
    const texts = [...new Set(told.map(({ text = '', inserted = [] }) => said(text, inserted, detail.text)))];
    const left = texts.length - detail.blocks;
    return blocks(
      ...texts.slice(0, detail.blocks),
      left > 0 ? `${who} says ${counted(left, 'more text')} here, for which there is no room.` : undefined,
    );
  });
  return body.length <= LONGEST ? body : `${who} says more here than a comment has room for.`;
}

const comment = (
  state: RunState,
  kind: CommentKind,
  at: Instant,
  text: string,
  notify: boolean,
  head?: string,
): ThreadComment => ({
  marker: marker(state.run, kind),
  body: markedBody(state.run, kind, head, text),
  at,
  notify,
});
