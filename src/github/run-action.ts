import { Probot } from 'probot';
import { findRun } from '../engine/find-run.ts';
import { cleanLine, shorten } from '../thread/clean.ts';
import type { ParsedComment } from '../thread/parse-comment.ts';
import type { ActionSettings } from './action-settings.ts';
import { createGitHubApi } from './api.ts';
import { createApp } from './app.ts';
import { type Cause, readCause } from './cause.ts';
import { failureOf, permissionFor } from './failure.ts';
import { type Given, givenCommand, refusalOf } from './given-command.ts';
import { type Handover, handOver } from './handover.ts';
import { type HeardWord, hearWords } from './heard-words.ts';
import { LOOK_ON_MS, lookWhileAtWork } from './keep-looking.ts';
import type { Scope } from './looking.ts';
import { probotOptions } from './octokit.ts';
import { patiently } from './patience.ts';
import type { Rim } from './repository.ts';
import type { Asked } from './take-command.ts';
import { isTooLate, LATE_MS } from './too-late.ts';

/** A job costs somebody's runner: it waits five minutes for a GitHub that does not take its words. */
const MOST_WAITS = 30;

/** A job that is cancelled gets 7.5 s between SIGINT and SIGTERM. */
const DRAIN_MS = 6_000;
/** Of what is left then: its logs are still to be collected. */
const END_MS = 500;

/** GitHub is waited for so long before anything is begun, and in the end to look through comments. */
const BEGIN_MS = 5 * 60_000;

/** How a job ended. */
export interface Acted {
  /**
   * 1 where Changeover itself failed, or could not say what it had to. A run that fails is told in the thread, and is no
   * fault of the job's: it does not turn red.
   */
  readonly code: 0 | 1;
  /** What it said in threads. */
  readonly words: readonly HeardWord[];
  /** What is wrong and no thread tells. */
  readonly error?: string;
  /** Something is left that needs the hosts, for a job that can reach them. */
  readonly more: boolean;
}

/**
 * Follows the command for which the job was started, and works until its run is over or waits for a person. Meanwhile it
 * looks through the issue: an answer to its run need not wait for a job of its own, and a command whose job has died is
 * found by a later one. So are runs whose job has died or was told to end. A job that the clock has started looks through
 * all issues.
 * @param told resolves when this job is told to end: it gives its runs back, says so, and ends
 */
export async function runAction(settings: ActionSettings, rim: Rim, told: Promise<void>): Promise<Acted> {
  const { token, login, place, part, handover, next } = settings;
  // It is for the job that can reach the hosts.
  if (handover !== undefined && part === 'answer') return { code: 0, words: [], more: true };
  const { clock } = rim;
  const cause: Cause = handover === undefined ? await readCause(settings) : { kind: 'sweep', event: place };
  const probot = new Probot({ ...probotOptions(settings), githubToken: token });
  await probot.ready();
  const { client, all: heard } = hearWords(await probot.auth());
  const api = createGitHubApi(client, place);
  const stopping = new AbortController();
  void told.then(() => {
    stopping.abort();
  });
  const warn = (message: string): void => {
    probot.log.warn(message);
  };
  const ask = <T>(asking: () => Promise<T>): Promise<T> =>
    patiently(asking, { clock, forMs: BEGIN_MS, signal: stopping.signal, log: warn });
  const given = await ask(() => givenCommand(api, cause, settings, Date.parse(clock.now())));
  if (given.kind === 'refused') {
    return { code: given.told ? 0 : 1, words: heard(), more: false, ...(given.told ? {} : { error: given.text }) };
  }
  if (given.kind === 'nothing' && cause.kind === 'issue') return { code: 0, words: [], more: false };
  const scope = handover === undefined ? { place, ...within(cause, given) } : await handedScope(rim, handover);
  if (scope === undefined) return { code: 1, words: [], more: false, error: NO_RUN };
  let more = false;
  const app = createApp({
    rim,
    clientFor: () => Promise.resolve(client),
    speaker: { login },
    scopes: () => Promise.resolve([scope]),
    remindAfterMs: settings.remindAfterMs,
    leaves,
    log: probot.log,
  });
  let failed = 0;
  /** What is wrong and no thread tells. */
  const wrong = new Set<string>();
  let handing: Promise<number> | undefined;
  if (handover !== undefined) await takeOver(handover);
  if (given.kind === 'command') await begin(given.asked);
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
  // Hosts are given time to delete what has ended; a job that is told to end has none.
  await Promise.race([rim.hosts.end(), told.then(() => clock.sleep(END_MS))]);
  if (unsaid === 'barred') wrong.add(BARRED);
  const code = failed + app.failures() + wrong.size === 0 && unsaid === 'no' ? 0 : 1;
  return { code, words: heard(), more, ...(wrong.size === 0 ? {} : { error: [...wrong].join('\n') }) };

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
    await clock.sleep(next.afterMs, over.signal);
    while (!over.signal.aborted && (await app.atWork()).length === 0) await clock.sleep(LOOK_ON_MS, over.signal);
    if (over.signal.aborted) return;
    // From here on this job works on nothing, which must not end it before it has handed over.
    handing = handOver({ client, place, workflow: next.workflow }, rim, app, probot.log);
    failed += await handing;
  }

  /** Only somebody who may is worth a job that has the key. */
  async function begin(asked: Asked): Promise<void> {
    if (part !== 'answer' || !needsHosts(asked)) {
      app.take(asked);
      return;
    }
    const refusal = await ask(() => refusalFor(asked));
    if (refusal === undefined) more = true;
    else app.take({ ...asked, refusal });
  }

  async function refusalFor({ event: { comment }, parsed, standIn }: Asked): Promise<string | undefined> {
    if (standIn !== undefined || comment.author === undefined) return undefined;
    return refusalOf(api, [comment.author.login], parsed);
  }

  /** A command that is found has a job of its own, which may still come: unless it is an answer to this job's run. */
  function leaves(asked: Asked, ageMs: number): boolean {
    if (ageMs <= LATE_MS && (part === 'answer' || !isDecision(asked.parsed))) return true;
    const { parsed } = asked;
    if (part !== 'answer' || !needsHosts(asked)) return false;
    const leaving = parsed.kind === 'command' && !isTooLate(parsed.command, ageMs);
    more ||= leaving;
    return leaving;
  }

  async function work(): Promise<void> {
    // The job with the key looks for all that this one would look for, and the sooner this one ends, the sooner it starts.
    if (failed > 0 || more) return app.idle();
    await tried(app.sayLeftIn(place));
    await tried(takeUpLeft());
    await app.remind();
    if (!(await lookWhileAtWork(app, clock, look))) await lookInTheEnd();
    await app.idle();
  }

  /** @returns what has kept it from looking everywhere */
  async function look(afresh: boolean): Promise<Error | undefined> {
    const { error, unusable } = await app.look(afresh);
    for (const text of unusable) wrong.add(text);
    return error;
  }

  /** A job that could not look is red: there may be a command that it was to find, or to hear while it worked. */
  async function lookInTheEnd(): Promise<void> {
    try {
      await ask(async () => {
        const error = await look(true);
        if (error !== undefined) throw error;
      });
    } catch (error) {
      wrong.add(unseenText(error));
    }
  }

  async function takeUpLeft(): Promise<void> {
    if (part === 'answer') more = (await app.hasLeftIn(place)) || more;
    else await app.pickUpLeftIn(place);
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
      await clock.sleep(LOOK_ON_MS);
    }
  }
}

const BARRED =
  'GitHub does not let this job write comments (the log says how it refused). Give the job `permissions: issues: write` ' +
  '(`pull-requests: write` for pull requests), or unlock the issue. What is unsaid, a later job says.';

const unseenText = (error: unknown): string => {
  const failure = failureOf(error, 0);
  const what = `Comments could not be looked through for commands that no event has brought (${shorten(cleanLine(failure.why), 200)}).`;
  return failure.kind === 'later' && failure.barred === true
    ? `${what} Give the job \`permissions: ${permissionFor(error)}\`.`
    : `${what} The next job looks through them again.`;
};

const NO_RUN = 'There is no such run, so nothing was taken over or done.';

/** The issue that a job looks through; where it was started for none, all of them. */
function within(cause: Cause, given: Given): Pick<Scope, 'issue' | 'begin' | 'comment'> {
  const event = given.kind === 'command' ? given.asked.event : cause.kind === 'comment' ? cause.event : undefined;
  return event === undefined ? {} : { issue: event.issue, begin: event.comment.createdAt, comment: event.comment.id };
}

/** Undefined where there is no such run. */
async function handedScope(rim: Rim, { run }: Handover): Promise<Scope | undefined> {
  const found = await findRun(rim, run);
  if (found.kind !== 'ok' || found.state.where.kind !== 'issue') return undefined;
  const { owner, repo, issue, comment } = found.state.where;
  return { place: { owner, repo }, issue, begin: found.state.lastAt, comment };
}

const isDecision = (parsed: ParsedComment): boolean =>
  parsed.kind === 'command' && ['decision', 'approve', 'cancel'].includes(parsed.command.kind);

/** Whether what is asked for may lead to a host. A plan does: what a host is like is looked up there. */
const needsHosts = ({ parsed }: Asked): boolean =>
  parsed.kind === 'command' && ['procedure', 'decision', 'approve', 'cancel'].includes(parsed.command.kind);
