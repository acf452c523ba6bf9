import { isRight } from '../language/approval-rule.ts';
import { awaited, digestToType } from '../run/approvals.ts';
import { awaitsStart } from '../run/start.ts';
import type { AnswerKind, Instant, RunState } from '../run/types.ts';
import { waitsDown } from './downtime-text.ts';
import { between, clock, commandLine, duration, mention } from './format.ts';
import { blocks, code, listed, plain } from './markdown.ts';
import { promptTitle } from './render-live.ts';
import { openPrompt } from './steps.ts';

/** After the first reminder there is one a day, and no more than so many of one prompt in all. */
const EVERY_MS = 86_400_000;
export const MOST_REMINDERS = 7;

/** What a run waits for, told again. */
export interface Reminder {
  /** Of all that is asked in the run: `p1`, or `start` for its approval. */
  readonly about: string;
  /** From 1. Those whose time passed while nobody could be reminded are left out. */
  readonly number: number;
  readonly since: Instant;
}

/**
 * The reminder that is due of a run, if it waits for a person: the first after so long, then one a day.
 * @param afterMs 0: never
 */
export function dueReminder(state: RunState, now: Instant, afterMs: number): Reminder | undefined {
  const asked = awaitsStart(state) ? { id: 'start', openedAt: state.requestedAt } : openPrompt(state);
  if (afterMs === 0 || asked === undefined || state.endedAt !== undefined || state.aborting !== undefined)
    return undefined;
  const late = between(asked.openedAt, now) - afterMs;
  const number = Math.floor(late / EVERY_MS) + 1;
  if (number < 1 || number > MOST_REMINDERS) return undefined;
  return { about: asked.id, number, since: asked.openedAt };
}

/**
 * Its words: what waits, since when, where that was asked, and what to type. It calls who asked for the run, who wanted
 * it to pause, and who may approve it by name.
 * @param url of the comment in which it was asked, where that is there
 */
export function renderReminder(
  state: RunState,
  { number, since, about }: Reminder,
  now: Instant,
  url?: string,
): string {
  const prompt = about === 'start' ? undefined : openPrompt(state);
  const what = prompt === undefined ? 'has not started: it waits for an approval' : promptTitle(state, prompt);
  const asked = prompt === undefined ? 'The request' : `Prompt ${code(prompt.id)}`;
  const answers: readonly AnswerKind[] = prompt?.answers ?? ['approve', 'abort'];
  // In full: it may be read days later, with other runs around.
  const typed = answers.map((answer) =>
    code(
      answer === 'approve'
        ? `/approve ${digestToType(state)} ${state.run}`
        : `/${[answer, state.run, ...(prompt === undefined ? [] : [prompt.id])].join(' ')}`,
    ),
  );
  const down = waitsDown(state);
  return blocks(
    `### ⏰ ${code(commandLine(state))} still waits for an answer`,
    `${called(state)}run ${code(state.run)} waits since ${clock(since, 'day')}, for ${duration(between(since, now))}${
      prompt === undefined ? ', and ' : ': '
    }${what}.`,
    down === undefined ? undefined : `**${plain(down)}**`,
    state.locked.length === 0 ? undefined : `Meanwhile it holds ${listed(state.locked.map(code))}.`,
    `Answer with a comment: ${listed(typed, 'or')}. ${asked} stands ${
      url === undefined ? 'above' : `[here](${url})`
    } and says what each does.`,
    number < MOST_REMINDERS
      ? `Reminder ${number} of at most ${MOST_REMINDERS}: unless it is answered, the next comes in a day.`
      : 'This is the last reminder. It waits on, as long as it takes.',
  );
}

/** `@olivia, @rita: `; nobody twice. */
function called(state: RunState): string {
  const by = [state.by, openPrompt(state)?.paused?.by].flatMap((actor) => (actor && mention(actor)) ?? []);
  const approvers = (awaited(state)?.rule.by ?? []).filter((name) => !isRight(name)).map((name) => `@${name}`);
  const names = [...new Set([...by, ...approvers])];
  return names.length === 0 ? '' : `${names.join(', ')}: `;
}
