import { loadInventory, load, procedureNames } from '../engine/load.ts';
import type { HandLock } from '../engine/ports.ts';
import type { Inventory } from '../language/types.ts';
import { openPrompt } from '../run/evolve-decision.ts';
import { refusalText } from '../run/refusal-text.ts';
import type { RunState } from '../run/types.ts';
import type { Command } from '../thread/command.ts';
import { clock, commandLine, who } from '../thread/format.ts';
import { blocks, code, listed, plain } from '../thread/markdown.ts';
import { isOver, statusMark } from '../thread/marks.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { linkTo } from '../thread/waiting-text.ts';
import type { CommentEvent } from './boundary.ts';
import { runMeant } from './decide.ts';
import type { Order } from './do-command.ts';
import { damagedIn } from './issue-runs.ts';
import { problemsText } from './problems-text.ts';
import type { Repository } from './repository.ts';
import { worded } from './worded.ts';

type LockCommand = Extract<Command, { readonly kind: 'lock' }>;
type UnlockCommand = Extract<Command, { readonly kind: 'unlock' }>;
type CancelCommand = Extract<Command, { readonly kind: 'cancel' }>;

/** The address of the comment that asked, where it is known. */
export const linkOf = ({ comment: { url } }: CommentEvent): { readonly link?: string } =>
  url === undefined ? {} : { link: url };

/** Locks a host, those of a group, or a name that procedures lock. @returns the answer */
export async function lock(repository: Repository, { command, event, by }: Order<LockCommand>): Promise<string> {
  const { workshop, runs } = repository;
  const meant = await namesFor(repository, command.name);
  if (meant.kind === 'answer') return meant.text;
  const { owner, repo, issue, comment } = event;
  const where = { kind: 'issue', owner, repo, issue, comment: comment.id, ...linkOf(event) } as const;
  const at = workshop.clock.now();
  const taken: string[] = [];
  const before: HandLock[] = [];
  for (const name of meant.names) {
    const other = await workshop.journal.lockByHand({ name, reason: command.reason, by, at, where });
    if (other === undefined) taken.push(name);
    else before.push(other);
  }
  const holders = (await runs.states()).filter((run) => !isOver(run) && taken.some((name) => isHeld(run, name)));
  return blocks(
    taken.length === 0
      ? undefined
      : `🔒 ${listed(taken.map(code))} ${taken.length === 1 ? 'is' : 'are'} locked by ${plain(who(by))}: ${plain(command.reason)}. No run that wants ${taken.length === 1 ? 'it' : 'any of them'} begins until somebody types ${code(`/unlock ${command.name}`)}.`,
    ...before.map((each) => `${code(each.name)} was locked already, by ${lockWords(each)}. That lock stays as it is.`),
    ...holders.map(
      (run) =>
        `Run ${code(run.run)} (${code(commandLine(run))}) ${run.status === 'queued' ? `waits to begin, and does not before that` : `has it already and goes on; ${code(`/abort ${run.run}`)} in its issue stops it`}.`,
    ),
  );
}

/** Takes back what a person has locked; what a run has is its own. @returns the answer */
export async function unlock(repository: Repository, { command, event, by }: Order<UnlockCommand>): Promise<string> {
  const { workshop, runs } = repository;
  const { journal, clock: time } = workshop;
  const locks = await journal.handLocks();
  // What is locked can be unlocked, though it may be in no inventory any more.
  const known = locks.filter(({ name }) => name === command.name).map(({ name }) => name);
  const meant =
    known.length > 0 ? ({ kind: 'names', names: known } as const) : await namesFor(repository, command.name);
  if (meant.kind === 'answer') return meant.text;
  const { owner, repo, comment } = event;
  const gone: HandLock[] = [];
  for (const name of meant.names) {
    const word = { by, at: time.now(), comment: comment.id };
    const was = await journal.unlockByHand({ owner, repo }, name, word);
    if (was !== undefined) gone.push(was);
  }
  const states = await runs.states();
  const held = meant.names.flatMap((name) =>
    states.filter((run) => !isOver(run) && isHeld(run, name)).map((run) => heldText(name, run)),
  );
  if (gone.length + held.length === 0) {
    return `${listed(meant.names.map(code))} ${meant.names.length === 1 ? 'is' : 'are'} not locked, so there was nothing to do. ${code('/queue')} shows what is.`;
  }
  return blocks(
    ...gone.map(
      (each) => `🔓 ${plain(who(by))} has unlocked ${code(each.name)}, which was locked by ${lockWords(each)}.`,
    ),
    ...held,
  );
}

/** Drops a run that has not begun. @returns the refusal; undefined where the run ends and tells so itself */
export async function cancel(
  repository: Repository,
  { command: { run }, event, by, heardAt, taking }: Order<CancelCommand>,
): Promise<string | undefined> {
  const { states, damaged } = await repository.runs.all();
  const meant = runMeant({ decision: 'abort', run }, event, states);
  if (meant.kind === 'answer') return damagedIn(damaged, event.issue, run) || meant.text;
  const decision = { kind: 'abort', unbegun: true, heardAt } as const;
  const decided = await repository.runs.decide(run, decision, by, event.comment.id, taking);
  if (decided.kind === 'refused') return worded([decided.why]);
  const { accepted } = decided;
  return accepted.ok ? undefined : worded([refusalText(accepted.run, accepted.refusal)]);
}

const isHeld = ({ locked, lockedNames }: RunState, name: string): boolean =>
  locked.includes(name) || lockedNames.includes(name);

/** `rita since 2026-11-22 06:00:00 UTC: the disk is being replaced (acme/ops#7)`. */
function lockWords({ by, reason, at, where }: HandLock): string {
  const place = `${where.owner}/${where.repo}#${String(where.issue)}`;
  const note = { who: by.login, why: reason, since: at, where: place };
  const link = where.link === undefined ? undefined : linkTo({ ...note, link: where.link });
  return `${plain(who(by))} since ${clock(at, 'day')}: ${plain(reason)} (${link ?? plain(place)})`;
}

function heldText(name: string, run: RunState): string {
  const prompt = openPrompt(run);
  const answer = prompt?.answers.find((each) => each !== 'approve');
  const asked =
    prompt === undefined || answer === undefined
      ? ''
      : ` Answer its prompt ${code(prompt.id)}, e.g. with ${code(`/${answer} ${run.run} ${prompt.id}`)}, or end`;
  const end = asked === '' ? 'It gives it back when it ends; to end' : asked;
  return `${code(name)} is held by run ${code(run.run)} (${code(commandLine(run))}), which ${statusMark(run).word}. Nobody takes it away from a run.${asked === '' ? ' ' : ''}${end} it now, type ${code(`/abort ${run.run}`)} in its issue.`;
}

type Names =
  { readonly kind: 'names'; readonly names: readonly string[] } | { readonly kind: 'answer'; readonly text: string };

/** The hosts, or the name, that a word stands for. */
async function namesFor({ workshop: { source }, runs }: Repository, word: string): Promise<Names> {
  const commit = await source.head();
  const inventory = await loadInventory(source, commit);
  if (!inventory.ok) return { kind: 'answer', text: problemsText(inventory.problems) };
  const { hosts, groups }: Inventory = inventory.value;
  if (Object.hasOwn(hosts, word)) return { kind: 'names', names: [word] };
  const members = Object.hasOwn(groups, word) ? groups[word] : undefined;
  if (members !== undefined && members.length > 0) return { kind: 'names', names: members };
  const procedures = await Promise.all(
    (await procedureNames(source, commit)).map((name) => load(source, commit, name)),
  );
  const planned = (await runs.states()).filter((run) => !isOver(run)).flatMap(({ plan }) => plan.locks ?? []);
  const locks = [
    ...procedures.flatMap((each) => (each.kind === 'ok' ? (each.loaded.procedure.locks ?? []) : [])),
    ...planned,
  ];
  if (locks.includes(word)) return { kind: 'names', names: [word] };
  const known = [...Object.keys(hosts), ...Object.keys(groups), ...locks];
  return { kind: 'answer', text: mistakeText({ kind: 'nothing_to_lock', name: word, known }) };
}
