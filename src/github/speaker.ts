import type { Clock } from '../engine/ports.ts';
import type { RunId, RunState } from '../run/types.ts';
import { markerOf } from '../thread/marker.ts';
import type { GitHubApi } from './api.ts';
import type { IssueComment } from './boundary.ts';
import { type Failure, failureOf } from './failure.ts';
import { isResting, type NextWord, nextWord, type Reply, type Said, type Talk, type Wanted } from './next-word.ts';
import { LETTING_GO_MS, retryWait } from './schedule.ts';

export interface SpeakerOptions {
  readonly api: Pick<GitHubApi, 'commentsSince' | 'createComment' | 'updateComment'>;
  readonly clock: Clock;
  /** The comments that should exist for a run as it stands. Their bodies begin with their markers. */
  readonly commentsOf: (state: RunState) => readonly Wanted[];
  /** Whether a comment is one of this app's: nobody else's is ever taken for it, whatever it says. */
  readonly isOurs: (comment: IssueComment) => boolean;
  /** Called once all is said of a run that is over. */
  readonly told?: (state: RunState) => void;
  readonly log: (message: string, error?: unknown) => void;
}

/** Whoever speaks in an issue: one loop, so that words come in order. None of its methods throws, and only `settled` waits. */
export interface Speaker {
  /** @param unspoken nobody can have spoken of this run before. */
  hear(state: RunState, unspoken: boolean): void;
  reply(reply: Reply): void;
  /** Resolves when all is said, or when it has become clear that this may take long. */
  settled(): Promise<void>;
  unsaid(): Unsaid;
  /** Says nothing more. */
  close(): void;
}

/**
 * Whether all was said: `still` to be said; `barred`: the same, and GitHub does not let this app write until somebody gives
 * it the right; or in part `never`, since GitHub would not take it.
 */
export type Unsaid = 'no' | 'still' | 'barred' | 'never';

/** After so many failures in a row, or when GitHub asks for more time than this, nobody is kept waiting for the words. */
const PATIENCE = 6;
const PATIENCE_MS = 60_000;
/** A right that is missing comes with no waiting; once might have been a slip. */
const BARRED = 2;
const RENDER_GAP_MS = 50;
/** GitHub's clock and this one may differ, and this one's may be put right while a run is under way. */
const CLOCKS_DIFFER_MS = 86_400_000;

/** One run's words. */
interface Kept {
  state: RunState;
  /** As of the last rendering; `stale`: the state has moved on since. */
  wanted: readonly Wanted[];
  stale: boolean;
  /** When it may be rendered again, in ms since 1970. */
  renderAt: number;
  /** What is known to stand on GitHub, by marker. */
  readonly said: Map<string, Said>;
  /** Nothing can stand there that `said` does not know. */
  complete: boolean;
  /** GitHub would not take some of it. */
  refused: boolean;
  times: number;
  lastAt: number;
}

type Word = Exclude<NextWord, { do: 'wait' | 'rest' }>;

export function createSpeaker(issue: number, options: SpeakerOptions): Speaker {
  const { api, clock, commentsOf, isOurs, log } = options;
  const closing = new AbortController();
  const runs = new Map<RunId, Kept>();
  /** Runs that are over and told, of which nothing else is remembered. */
  const told = new Set<RunId>();
  const replies: Reply[] = [];
  /** Markers of replies that an attempt may have brought to GitHub though it failed. */
  const doubtful = new Set<string>();
  const waiters = new Set<() => void>();
  let speaking = false;
  let failures = 0;
  let failingSince = 0;
  let late = false;
  let barred = false;
  let refused = false;
  let poke = (): void => undefined;
  const now = (): number => Date.parse(clock.now());
  const what = `issue ${String(issue)}`;

  /** @returns what to do, by the newest words that there was time to make. */
  function next(): NextWord {
    for (const kept of runs.values()) {
      if (kept.stale && (isResting(kept.state) || kept.renderAt <= now())) render(kept);
    }
    const word = nextWord(replies, [...runs.values()].map(talkOf), now());
    const kept = word.do === 'post' || word.do === 'edit' ? runs.get(word.run) : undefined;
    if (kept?.stale !== true) return word;
    render(kept);
    return next();
  }

  /** A large run takes a while to put into words, and changes many times a second: a tenth of the time goes there. */
  function render(kept: Kept): void {
    const begun = now();
    try {
      kept.wanted = commentsOf(kept.state);
    } catch (error) {
      log(`The words for run ${kept.state.run} could not be made.`, error);
    }
    kept.stale = false;
    kept.renderAt = now() + Math.max(RENDER_GAP_MS, 10 * (now() - begun));
  }

  function speak(): void {
    poke();
    if (speaking || closing.signal.aborted) return;
    speaking = true;
    void loop().then(() => {
      speaking = false;
      // Something may have come between the loop's last look and here.
      if (!closing.signal.aborted && next().do !== 'rest') speak();
      else release();
    });
  }

  async function loop(): Promise<void> {
    while (!closing.signal.aborted) {
      const word = next();
      if (word.do === 'rest') break;
      if (word.do === 'wait') {
        await sleepOrPoke(word.until - now());
        continue;
      }
      try {
        await say(word);
        failures = 0;
        late = false;
        barred = false;
      } catch (error) {
        await bear(word, failureOf(error, now()));
      }
    }
    if (closing.signal.aborted) return;
    for (const [run, kept] of runs) {
      if (kept.state.endedAt === undefined) continue;
      runs.delete(run);
      told.add(run);
      if (!kept.refused) options.told?.(kept.state);
    }
  }

  async function say(word: Word): Promise<void> {
    if (word.do === 'reply') {
      const { marker, body, since, again } = word.reply;
      const there = (again === true || doubtful.has(marker)) && (await find(since, [marker])).has(marker);
      if (!there) await api.createComment(issue, body);
      await answered(word.reply);
      return;
    }
    const kept = runs.get(word.run);
    if (kept === undefined) return;
    const { marker, body } = word.wanted;
    if (word.do === 'edit') {
      await api.updateComment(word.id, body);
      kept.said.set(marker, { id: word.id, body });
    } else {
      if (!kept.complete) {
        const markers = kept.wanted.map((each) => each.marker);
        for (const [found, said] of await find(kept.state.requestedAt, markers)) kept.said.set(found, said);
        kept.complete = true;
        if (kept.said.has(marker)) return;
      }
      const { id } = await api.createComment(issue, body);
      kept.said.set(marker, { id, body });
    }
    kept.times += 1;
    kept.lastAt = now();
  }

  /** What stands in the issue under these markers, the oldest of each. */
  async function find(since: string, markers: readonly string[]): Promise<ReadonlyMap<string, Said>> {
    const from = new Date(Date.parse(since) - CLOCKS_DIFFER_MS).toISOString().replace(/\.\d+Z$/, 'Z');
    const found = new Map<string, Said>();
    for (const comment of (await api.commentsSince(issue, from)).filter(isOurs)) {
      const marker = markers.find((each) => comment.body.startsWith(each) || markerOf(comment.body) === each);
      if (marker !== undefined && !found.has(marker)) found.set(marker, { id: comment.id, body: comment.body });
    }
    return found;
  }

  /** A call failed: wait before the next try, or accept that GitHub will not have these words. */
  async function bear(word: Word, failure: Failure): Promise<void> {
    const kept = word.do === 'reply' ? undefined : runs.get(word.run);
    if (failure.kind === 'later') {
      if (failures === 0) failingSince = now();
      failures += 1;
      if (word.do === 'reply') doubtful.add(word.reply.marker);
      if (word.do === 'post' && kept !== undefined) kept.complete = false;
      log(`Words in ${what} wait: ${failure.why}`);
      if (now() - failingSince > LETTING_GO_MS) {
        await letGo(word);
        return;
      }
      const wait = retryWait(failures, failure.waitMs);
      barred = failure.barred === true && failures >= BARRED;
      if (barred || failures >= PATIENCE || wait > PATIENCE_MS) {
        late = true;
        release();
      }
      await clock.sleep(wait, closing.signal);
      return;
    }
    log(`GitHub does not take the words in ${what}: ${failure.why}`);
    // Where somebody has deleted the comment it is made again, at its new place.
    if (word.do === 'edit' && failure.kind === 'gone') kept?.said.delete(word.wanted.marker);
    else await letGo(word);
  }

  /** These words are taken as said. A comment that exists can still get others. */
  async function letGo(word: Word): Promise<void> {
    failures = 0;
    refused = true;
    if (word.do === 'reply') await answered(word.reply);
    else {
      const kept = runs.get(word.run);
      if (kept === undefined) return;
      kept.refused = true;
      kept.said.set(word.wanted.marker, { id: word.do === 'edit' ? word.id : undefined, body: word.wanted.body });
    }
  }

  async function answered(reply: Reply): Promise<void> {
    replies.splice(replies.indexOf(reply), 1);
    doubtful.delete(reply.marker);
    try {
      await reply.said?.();
    } catch (error) {
      log(`It could not be noted that an answer in ${what} was given.`, error);
    }
  }

  async function sleepOrPoke(ms: number): Promise<void> {
    const poked = new AbortController();
    poke = () => {
      poked.abort('poked');
    };
    await clock.sleep(Math.max(0, ms), poked.signal);
    poke = () => undefined;
  }

  function release(): void {
    for (const resolve of waiters) resolve();
    waiters.clear();
  }

  return {
    hear: (state, unspoken) => {
      const kept = runs.get(state.run);
      if (kept === undefined) {
        const complete = unspoken && !told.has(state.run);
        const nothing = { wanted: [], stale: true, renderAt: 0, said: new Map<string, Said>(), times: 0, lastAt: 0 };
        runs.set(state.run, { state, ...nothing, complete, refused: false });
      } else {
        // Another process may have had it meanwhile, and spoken of it.
        if (state.epoch > kept.state.epoch) kept.complete = false;
        kept.state = state;
        kept.stale = true;
      }
      speak();
    },
    reply: (reply) => {
      // The same words, from a start that is tried again.
      if (replies.some(({ marker }) => marker === reply.marker)) return;
      replies.push(reply);
      speak();
    },
    settled: async () => {
      if (!speaking || late) return;
      await new Promise<void>((resolve) => waiters.add(resolve));
    },
    unsaid: () => (speaking ? (barred ? 'barred' : 'still') : refused ? 'never' : 'no'),
    close: () => {
      closing.abort();
      poke();
    },
  };
}

const talkOf = ({ state, wanted, stale, renderAt, said, times, lastAt }: Kept): Talk => ({
  state,
  wanted,
  said,
  written: { times, lastAt },
  ...(stale ? { renderAt } : {}),
});
