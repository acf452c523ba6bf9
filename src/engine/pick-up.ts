import { touchedHosts } from '../run/steps.ts';
import type { AnswerKind, RunId, RunState } from '../run/types.ts';
import { closeOnHosts } from './close.ts';
import { damagedText } from './damaged.ts';
import { drive, type Drive } from './drive.ts';
import { follow } from './find-run.ts';
import { planAgain } from './request.ts';
import { type Claim, LostClaim, type Taking } from './ports.ts';
import { barredEvents, foundOnHosts, unknownJobs } from './unknown-jobs.ts';
import { type Unvouched, unvouched } from './witness.ts';
import type { Workshop } from './workshop.ts';

export type PickedUp =
  | { readonly kind: 'working'; readonly drive: Drive }
  /** It has ended before; there is nothing to pick up. */
  | { readonly kind: 'over'; readonly state: RunState; readonly untidied: readonly string[] }
  /** Another process works on it (`held`), it is not there, or its journal or its procedure is not what it was. */
  | { readonly kind: 'refused'; readonly why: string; readonly held?: true };

/**
 * Takes a run over: claims it, raises its epoch in the journal and then on every host, so that a worker who thinks it
 * still has it can start nothing more, and works on. A host that is out of reach learns the epoch from the first order
 * that it is given. Jobs that are under way or over are found again by their keys: to
 * ensure a job is to attach to it where it has started.
 * @param asRecorded go on by the recorded plan though the procedure's files are others now (for files outside git).
 * @param brought the decision of somebody who may, for which it is taken over
 * @param taking what that decision came by is taken up with the claim
 * @throws TakenUp where another process has taken that up
 */
export async function pickUp(
  workshop: Workshop,
  run: RunId,
  asRecorded = false,
  brought?: AnswerKind | 'pause',
  taking?: Taking,
): Promise<PickedUp> {
  const claim = await workshop.journal.claim(run, taking);
  if (claim.kind === 'missing') return { kind: 'refused', why: `There is no run ${run}. \`/status\` lists the runs.` };
  if (claim.kind === 'held') {
    return { kind: 'refused', why: heldText(run, 'is being worked on', claim.by), held: true };
  }
  if (claim.kind === 'broken') return { kind: 'refused', why: damagedText({ run, ...claim }) };
  try {
    return await takeUp(workshop, claim, asRecorded, brought);
  } catch (error) {
    // A run that could not be taken up (GitHub is down) must be free for the next who tries.
    await claim.writer.release();
    if (!(error instanceof LostClaim)) throw error;
    return { kind: 'refused', why: heldText(run, 'was taken up a moment before', error.by), held: true };
  }
}

async function takeUp(
  workshop: Workshop,
  { writer, events, tornBytes, left }: Extract<Claim, { readonly kind: 'claimed' }>,
  asRecorded: boolean,
  brought: AnswerKind | 'pause' | undefined,
): Promise<PickedUp> {
  const { run } = writer;
  const followed = follow(events);
  if (followed.kind === 'broken') {
    await writer.release();
    return { kind: 'refused', why: damagedText({ run, ...followed }) };
  }
  const { state } = followed;
  if (state.endedAt !== undefined) {
    const untidied = await closeOnHosts(workshop, state);
    await writer.release();
    return { kind: 'over', state, untidied };
  }
  const differs = asRecorded ? undefined : await planAgain(workshop, state);
  if (differs !== undefined) {
    await writer.release();
    return { kind: 'refused', why: differs };
  }
  const doubt = await unvouched(workshop, state, events);
  if (doubt !== undefined && !(doubt.canEnd && (brought === 'abort' || brought === 'rollback'))) {
    await writer.release();
    return { kind: 'refused', why: doubtText(run, doubt) };
  }
  const { troubles } = workshop.secrets.take(state.plan.secrets ?? []);
  if (troubles.length > 0) {
    await writer.release();
    return { kind: 'refused', why: `Run ${run} cannot go on: ${troubles.join('; ')}. Then try again.` };
  }
  const cut = tornBytes === undefined ? {} : { cut_bytes: tornBytes };
  const started = await writer.append([{ type: 'run_started', worker: workshop.worker, epoch: writer.epoch, ...cut }]);
  if (state.mode === 'apply') {
    await Promise.all(touchedHosts(state).map((host) => workshop.hosts.host(host).raiseEpoch(run, writer.epoch)));
  }
  const found = await foundOnHosts(workshop, state);
  const unknown = unknownJobs(state, found, left === true);
  if (unknown.length > 0) {
    await writer.release();
    return { kind: 'refused', why: notWhole(run, unknown) };
  }
  const barred = barredEvents(state, found);
  const told = barred.length === 0 ? [] : await writer.append(barred);
  return { kind: 'working', drive: drive(workshop, writer, [...events, ...started, ...told]) };
}

const heldText = (run: RunId, how: string, by = 'another worker'): string =>
  `Run ${run} ${how} by ${by}. \`/status ${run}\` shows how it stands.`;

function doubtText(run: RunId, { why, canEnd }: Unvouched): string {
  const instead = canEnd
    ? `Somebody who may can end it: \`/abort ${run}\` or \`/rollback ${run}\`.`
    : `See what \`changeover verify ${run}\` finds, and who could write to its record.`;
  return `Run ${run} cannot go on: ${why}. Nothing more was started. ${instead} Or ask for a new run.`;
}

function notWhole(run: RunId, unknown: readonly string[]): string {
  return (
    `The journal of run ${run} is not whole: its hosts hold what it says nothing of (${unknown.join('; ')}). ` +
    'Put the newest copy of the journal back and try again. Nothing was started.'
  );
}
