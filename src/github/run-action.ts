import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import { createApp } from './app.ts';
import { readDelivery } from './boundary.ts';
import type { ParsedComment } from '../thread/parse-comment.ts';
import { LOOK_ON_MS } from './keep-looking.ts';
import { probotOptions } from './octokit.ts';
import type { ActionSettings } from './action-settings.ts';
import { type HeardWord, hearWords } from './heard-words.ts';
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
  const { eventPath, token, login, id } = settings;
  const { event, delivery } = readDelivery(id, await readFile(eventPath, 'utf8'));
  const { owner, repo, issue, comment } = event;
  const place = { owner, repo };
  const probot = new Probot({ ...probotOptions(settings), githubToken: token });
  await probot.ready();
  const { client, all: heard } = hearWords(await probot.auth());
  const app = createApp({
    rim,
    clientFor: () => Promise.resolve(client),
    speaker: { login },
    scopes: () => Promise.resolve([{ place, issue, begin: comment.createdAt }]),
    remindAfterMs: settings.remindAfterMs,
    leaves: ({ parsed }, ageMs) => !isDecision(parsed) && ageMs <= LATE_MS,
    log: probot.log,
  });
  await probot.load(app.load);
  await probot.receive(delivery);
  await Promise.race([work().then(sayTheRest), told.then(() => app.drain(DRAIN_MS))]);
  const unsaid = await app.unsaid();
  await app.drain(0);
  await rim.hosts.end();
  return { code: app.failures() === 0 && unsaid === 'no' ? 0 : 1, words: heard() };

  async function work(): Promise<void> {
    await app.sayLeftIn(place);
    await app.pickUpLeftIn(place);
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

  async function sayTheRest(): Promise<void> {
    for (let waits = 0; waits < MOST_WAITS && (await app.unsaid()) === 'still'; waits += 1) {
      await rim.clock.sleep(LOOK_ON_MS);
    }
  }
}

const isDecision = (parsed: ParsedComment): boolean =>
  parsed.kind === 'command' && ['decision', 'approve', 'cancel'].includes(parsed.command.kind);
