import type { RunState, StepState, TaskState } from '../run/types.ts';
import { fit, LONGEST } from './fit.ts';
import { blocks, code, counted } from './markdown.ts';
import { type CommentKind, marker, markerWithHead, markerWord } from './marker.ts';
import { isOver } from './marks.ts';
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
  /** A person must look: it is worth making at once. The live comment can wait for a quiet moment. */
  readonly notify: boolean;
}

/**
 * All comments that a run should have by now, in the order in which they should be made. Depends on nothing but the
 * state, so that comparing a body with the one that was posted tells whether there is anything to say.
 */
export function commentsOf(state: RunState, view: View): readonly ThreadComment[] {
  if (state.mode === 'dryrun') return [comment(state, 'live', renderDryRun(state, view), isOver(state))];
  if (state.blocked.length > 0) return [comment(state, 'live', renderBlocked(state), true)];
  const live = comment(state, 'live', renderLive(state), false);
  const end = isOver(state) ? [withHead(state, 'end', state.head, renderEnd(state), true)] : [];
  return [live, ...inBetween(state), ...end];
}

/** Prompts and the procedure's own words, by the time at which they came. */
function inBetween(state: RunState): readonly ThreadComment[] {
  const prompts = state.prompts.map((prompt) => ({
    at: prompt.openedAt,
    comment: withHead(
      state,
      `prompt-${prompt.id}`,
      prompt.head,
      renderPrompt(state, prompt),
      prompt.answer === undefined,
    ),
  }));
  const said = [...sayings(state, state.steps), ...sayings(state, state.undo)];
  return [...prompts, ...said].toSorted((one, other) => (one.at < other.at ? -1 : 1)).map((each) => each.comment);
}

/** `comment` steps: their text as the procedure means it, mentions included. The same words for several hosts once. */
function sayings(
  state: RunState,
  steps: readonly StepState[],
): readonly { readonly at: string; readonly comment: ThreadComment }[] {
  return numbered(state, steps).flatMap(({ step, taken }) => {
    if (step.work.kind !== 'say') return [];
    const told = taken.tasks.filter(
      (task) => (task.outcome === 'ok' || task.outcome === 'changed') && (task.text ?? '').trim() !== '',
    );
    if (told.length === 0) return [];
    const kind = `say-${markerWord(taken.phase === 'undo' ? `undo.${step.id}` : step.id)}` as const;
    const body = sayingOf(told, `Step ${code(step.id)}, in ${code(state.plan.file)},`);
    return [{ at: taken.endedAt ?? taken.openedAt ?? state.lastAt, comment: comment(state, kind, body, true) }];
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

const comment = (state: RunState, kind: CommentKind, text: string, notify: boolean): ThreadComment => ({
  marker: marker(state.run, kind),
  body: `${marker(state.run, kind)}\n${text}`,
  notify,
});

/** With the hash of the journal's last event at the moment that the comment speaks of, so that `verify` can compare. */
const withHead = (state: RunState, kind: CommentKind, head: string, text: string, notify: boolean): ThreadComment => ({
  marker: marker(state.run, kind),
  body: `${markerWithHead(state.run, kind, head)}\n${text}`,
  notify,
});
