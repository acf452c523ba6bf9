import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import { findRun } from '../engine/find-run.ts';
import { createApp } from './app.ts';
import { readDelivery } from './boundary.ts';
import type { ParsedComment } from '../thread/parse-comment.ts';
import { type Handover, handOver } from './handover.ts';
import { LOOK_ON_MS } from './keep-looking.ts';
import { probotOptions } from './octokit.ts';
import type { ActionSettings } from './action-settings.ts';
import { type HeardWord, hearWords } from './heard-words.ts';
import type { Scope } from './looking.ts';
import type { Rim } from './repository.ts';
import { LATE_MS } from './too-late.ts';

/** A job costs somebody's runner: it waits five minutes for a GitHub that does not take its words. */
const MOST_WAITS = 30;

/** A job that is cancelled gets 7.5 s between SIGINT and SIGTERM. */
const DRAIN_MS = 6_000;

/** How a job ended. */
export interface Acted {
  /**
   * 1 where Changeover itself failed, or could not say what it had to. A run that fails is told in the thread, and is no
   * fault of the job's: it does not turn red.
   */
  readonly code: 0 | 1;
  /** What it said in threads. */
  readonly words: readonly HeardWord[];
}

/**
 * Follows the comment for which the job was started, and works until its run is over or waits for a person. Meanwhile it
 * looks through the issue: an answer to its run need not wait for a job of its own, and a command whose job has died is
 * found by a later one. So are runs whose job was told to end.
 * @param told resolves when this job is told to end: it gives its runs back, says so, and ends
 */
export async function runAction(settings: ActionSettings, rim: Rim, told: Promise<void>): Promise<Acted> {
  const { token, login, handover, next } = settings;
  const probot = new Probot({ ...probotOptions(settings), githubToken: token });
  await probot.ready();
  const begun = handover === undefined ? await byComment(settings) : await byHandover(rim, handover);
  if (begun === undefined) {
    probot.log.error({ run: handover?.run }, 'There is no such run, so nothing was taken over or done.');
    return { code: 1, words: [] };
  }
  const { scope, delivery } = begun;
  const { place } = scope;
  const { client, all: heard } = hearWords(await probot.auth());
  const app = createApp({
    rim,
    clientFor: () => Promise.resolve(client),
    speaker: { login },
    scopes: () => Promise.resolve([scope]),
    remindAfterMs: settings.remindAfterMs,
    leaves: ({ parsed }, ageMs) => !isDecision(parsed) && ageMs <= LATE_MS,
    log: probot.log,
  });
  await probot.load(app.load);
  if (delivery !== undefined) await probot.receive(delivery);
  let failed = 0;
  let handing: Promise<number> | undefined;
  if (handover !== undefined) await takeOver(handover);
  const over = new AbortController();
  await Promise.race([
    work()
      .then(sayTheRest)
      .then(() => handing),
    told.then(() => app.drain(DRAIN_MS)),
    handOverInTime(),
  ]);
  over.abort();
  const unsaid = await app.unsaid();
  await app.drain(0);
  await rim.hosts.end();
  return { code: failed + app.failures() === 0 && unsaid === 'no' ? 0 : 1, words: heard() };

  /** What is forged or was used before does nothing. */
  async function takeOver(handed: Handover): Promise<void> {
    const why = await app.takeHandover(place, handed);
    if (why === undefined) return;
    failed += 1;
    probot.log.error({ run: handed.run }, `The run was not taken over, and nothing was done: ${why}.`);
  }

  /** Before GitHub ends the job. Where it works on nothing it ends by itself, unless an answer gives it more to do. */
  async function handOverInTime(): Promise<void> {
    if (next === undefined) return new Promise(() => undefined);
    await rim.clock.sleep(next.afterMs, over.signal);
    while (!over.signal.aborted && (await app.atWork()).length === 0) await rim.clock.sleep(LOOK_ON_MS, over.signal);
    if (over.signal.aborted) return;
    // From here on this job works on nothing, which must not end it before it has handed over.
    handing = handOver({ client, place, workflow: next.workflow }, rim, app, probot.log);
    failed += await handing;
  }

  async function work(): Promise<void> {
    if (failed > 0) return app.idle();
    await tried(app.sayLeftIn(place));
    await tried(app.pickUpLeftIn(place));
    await app.remind();
    const idle = app.idle().then(() => true);
    for (let over = false, afresh = true; !over; afresh = false) {
      const waiting = new AbortController();
      over = await Promise.race([idle, rim.clock.sleep(LOOK_ON_MS, waiting.signal).then(() => false)]);
      waiting.abort();
      await app.look(afresh);
    }
    await app.idle();
  }

  /** What earlier jobs left must not end this one in the middle of its own work: it is red in the end. */
  async function tried(looking: Promise<void>): Promise<void> {
    try {
      await looking;
    } catch (error) {
      failed += 1;
      probot.log.error({ err: error }, 'What earlier jobs left could not be taken up.');
    }
  }

  async function sayTheRest(): Promise<void> {
    for (let waits = 0; waits < MOST_WAITS && (await app.unsaid()) === 'still'; waits += 1) {
      await rim.clock.sleep(LOOK_ON_MS);
    }
  }
}

interface Begun {
  readonly scope: Scope;
  readonly delivery?: Parameters<Probot['receive']>[0];
}

async function byComment({ id, eventPath }: ActionSettings): Promise<Begun> {
  const { event, delivery } = readDelivery(id, await readFile(eventPath, 'utf8'));
  const { owner, repo, issue, comment } = event;
  return { scope: { place: { owner, repo }, issue, begin: comment.createdAt }, delivery };
}

/** Undefined where there is no such run. */
async function byHandover(rim: Rim, { run }: Handover): Promise<Begun | undefined> {
  const found = await findRun(rim, run);
  if (found.kind !== 'ok' || found.state.where.kind !== 'issue') return undefined;
  const { owner, repo, issue } = found.state.where;
  return { scope: { place: { owner, repo }, issue, begin: found.state.lastAt } };
}

const isDecision = (parsed: ParsedComment): boolean =>
  parsed.kind === 'command' && ['decision', 'approve', 'cancel'].includes(parsed.command.kind);
