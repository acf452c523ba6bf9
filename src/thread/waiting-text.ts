import { runWords } from '../run/held-words.ts';
import type { Holder, LockNote, PromptState, RunState, Waiting } from '../run/types.ts';
import { clock } from './format.ts';
import { blocks, code, counted, listed, plain, prose } from './markdown.ts';

/** For what a run waits, and for whom; plain text: `web1: run 20261122-7k3f (…); it waits for an answer at p1`. */
export function waitingText({ name, held, holder }: Waiting): string {
  const stands = holder === undefined ? undefined : standsText(holder);
  return `${name}: ${held}${stands === undefined ? '' : `; ${stands}`}`;
}

/** How whoever has it stands, where there is more to say than that they go on. */
function standsText(holder: Holder): string | undefined {
  if (holder.kind === 'person') return undefined;
  const { stands } = holder;
  switch (stands.kind) {
    case 'works':
      return undefined;
    case 'asks':
      return stands.prompt === undefined ? 'it waits for an approval' : `it waits for an answer at ${stands.prompt}`;
    case 'over':
      return `it has ended (${stands.status}), and could not give it back yet`;
    case 'left':
      return `nobody works on it since ${clock(stands.since, 'day')}`;
    case 'unsure':
      return `whether who works on it lives cannot be told from this machine, and its record has not moved since ${clock(stands.since, 'day')}`;
    case 'unread':
      return `its record is damaged: ${stands.why}`;
    case 'foreign':
      return 'it is not in this journal: another Changeover has it, which may be at work, or its journal is lost';
  }
}

/** Which place a run has among those that wait for the same; plain text. */
export function placeText({ name, ahead = [] }: Waiting): string {
  if (ahead.length === 0) return `It comes next for ${name}.`;
  const before = ahead.length === 1 ? 'Before it comes' : 'Before it come';
  const shown = ahead.slice(0, MOST).map(runWords);
  const left = ahead.length - shown.length;
  const all = [...shown, ...(left > 0 ? [counted(left, 'more run')] : [])];
  return `It is number ${String(ahead.length + 1)} of those who wait for ${name}. ${before} ${listed(all)}.`;
}

const MOST = 5;

/** What a comment says of who has it and who comes first, with where to look. */
export function waitingLines(waiting: Waiting): string {
  const { holder, ahead = [] } = waiting;
  const links = [...(holder === undefined ? [] : [holder]), ...ahead.slice(0, MOST)].flatMap((each) => {
    const link = each.note === undefined ? undefined : linkTo(each.note);
    if (link === undefined) return [];
    return ['run' in each ? `run ${code(each.run)}: ${link}` : link];
  });
  return blocks(plain(placeText(waiting), 2_000), links.length === 0 ? undefined : `See ${links.join(', ')}.`);
}

/** Nothing but the address of a comment: what a host says may be anybody's words. */
const ADDRESS = /^https?:\/\/[\w.:/-]{1,200}#issuecomment-\d{1,20}$/;

/** Where something is talked about, as a link where its address is known. */
export const linkTo = ({ where, link }: LockNote): string | undefined =>
  link === undefined || !ADDRESS.test(link) ? undefined : `[${plain(where)}](${link})`;

/** Where a lock's holder is asked about: what is known of it; plain text, a line each. */
export function holderLines({ name, what, held, holder }: Waiting): readonly string[] {
  if (holder?.kind !== 'run') return [`${name}: ${held}.`];
  const { run, note, alive = [], unbarred } = holder;
  const stands = standsText(holder);
  const who =
    note === undefined ? [] : [`${note.who} asked for it ${clock(note.since, 'day')} in ${note.where}: ${note.why}.`];
  const lives =
    alive.length === 0
      ? what === 'host'
        ? [`Nothing of it was seen to run on ${name}.`]
        : []
      : [`On ${name} still runs of it: ${listed(alive)}.`];
  return [
    `${name} is held by run ${run}${stands === undefined ? '' : `: ${stands}`}.`,
    ...who,
    ...lives,
    ...(unbarred === undefined ? [] : [`It could not be closed there: ${unbarred}.`]),
    ...helpWith(holder),
  ];
}

/** What else can be done about the run that holds it. */
function helpWith({ run, stands }: Extract<Holder, { readonly kind: 'run' }>): readonly string[] {
  switch (stands.kind) {
    case 'left':
    case 'unsure':
      return [
        `To have it go on, type \`changeover resume ${run}\` on the machine of the journal; \`/abort ${run}\` in its own issue ends it.`,
      ];
    case 'unread':
      return [
        `To have it go on, put the newest good copy of its record back; \`changeover verify ${run}\` tells what is wrong with it.`,
      ];
    case 'foreign':
      return [`Ask whoever runs that Changeover how it stands.`];
    case 'works':
    case 'asks':
    case 'over':
      return [];
  }
}

/** What an answer about a lock's holder does. */
export function lockAnswerText({ lock }: PromptState, answer: 'retry' | 'continue' | 'abort', state: RunState): string {
  const name = lock?.name ?? '';
  const run = lock?.holder?.kind === 'run' ? lock.holder.run : '';
  switch (answer) {
    case 'retry':
      return `Looks again, and waits on for ${name}.`;
    case 'continue':
      return `Says that run ${run} is over for ${name}: nothing of it can ever start there again, and this run takes ${name}. What it had begun there stays as it is.`;
    case 'abort':
      return state.steps.some(({ openedAt }) => openedAt !== undefined)
        ? 'Ends the run here. Nothing is undone: the hosts stay as they are now.'
        : 'Ends this run, which has changed nothing.';
  }
}

/** The same lines in a comment. */
export const holderBlock = (waiting: Waiting): string =>
  blocks(
    ...holderLines(waiting).map((each) => prose(each)),
    waiting.holder?.note === undefined ? undefined : seeText(waiting.holder.note),
  );

const seeText = (note: LockNote): string | undefined => {
  const link = linkTo(note);
  return link === undefined ? undefined : `See ${link}.`;
};

/** Hosts that ended runs had left locked; plain text. */
export const leftLines = ({ leftBy }: RunState): readonly string[] =>
  Object.entries(leftBy).map(
    ([host, run]) => `The lock of ${host} was given back for run ${run}, which had ended and could not do so itself.`,
  );
