import { createHash } from 'node:crypto';
import type { Clock, Hosts, Journal, Logs, Secrets } from '../engine/ports.ts';
import { damagedText } from '../engine/damaged.ts';
import type { Damaged } from '../engine/find-run.ts';
import { createRuns, type Runs } from '../engine/runs.ts';
import { view } from '../engine/view.ts';
import type { Workshop } from '../engine/workshop.ts';
import type { RunId, Speaker, Where } from '../run/types.ts';
import { commentsOf } from '../thread/comments.ts';
import { createGitHubApi, type Client, type GitHubApi, type Place } from './api.ts';
import { afterwards, notTakenUp } from './afterwards.ts';
import { announce, type Answering } from './answer.ts';
import type { IssueComment } from './boundary.ts';
import { createConversation, type GitHubConversation, type ReplyOptions } from './conversation.ts';
import { isBy } from './is-by.ts';
import { laidOut, type Layout } from './layout.ts';
import { journalOf } from './repository-journal.ts';
import { createGitHubSource } from './source.ts';
import { noteTold } from './unfinished.ts';
import { createGitHubWitness } from './witness.ts';
import { worded } from './worded.ts';

/** What a process has besides GitHub, the same for all repositories. */
export interface Rim {
  readonly hosts: Hosts;
  readonly journal: Journal;
  readonly logs: Logs;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Names this process in the journal. */
  readonly worker: string;
  /** Absent: `inventory.yml` and `procedures/`. */
  readonly layout?: Layout;
}

/** Structured, and never with a secret in it. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** One repository that is served: its runs, its issues and its files. */
export interface Repository {
  readonly api: GitHubApi;
  readonly workshop: Workshop;
  readonly runs: Runs;
  readonly conversation: GitHubConversation;
  readonly answering: Answering;
  /** As whom it speaks. */
  readonly speaker: Speaker;
  readonly log: Log;
  /** Says in its thread, once for each reason, that a run's record is damaged. */
  tellDamaged(run: Damaged): void;
  /** Aborted once nothing more is to be begun. */
  readonly closing: AbortSignal;
}

/** Files are waited for so long at most, so that with as long for who asks no command is acted on that is too late. */
const FILES_MS = 5 * 60_000;

export function createRepository(
  place: Place,
  client: Client,
  rim: Rim,
  speaker: Speaker,
  log: Log,
  closing: AbortSignal,
): Repository {
  const api = createGitHubApi(client, place);
  const { clock } = rim;
  const repository = `${place.owner}/${place.repo}`;
  const warn = (message: string, error?: unknown): void => {
    log.warn({ repository, ...(error === undefined ? {} : { err: error }) }, message);
  };
  const journal = journalOf(rim.journal, place);
  const isOurs = (comment: IssueComment): boolean => isBy(speaker, comment);
  const conversation = createConversation({
    api,
    clock,
    commentsOf: (state) => commentsOf(state, view),
    isOurs,
    told: (state) => {
      noteTold(journal, state).catch((error: unknown) => {
        warn(`It could not be noted that all is said of run ${state.run}.`, error);
      });
    },
    log: warn,
  });
  const patience = { clock, forMs: FILES_MS, signal: closing, log: warn };
  const files = createGitHubSource(api, patience);
  const source = rim.layout === undefined ? files : laidOut(files, rim.layout);
  const witness = createGitHubWitness(api, isOurs, patience);
  const workshop = { ...rim, journal, source, conversation, witness };
  const answering = { journal, conversation, warn };
  const tell = (where: Where, run: RunId, since: string, text: string, options: ReplyOptions): void => {
    if (where.kind !== 'issue') return;
    log.error({ run }, text);
    conversation.reply(where.issue, { id: where.comment, createdAt: since }, text, options);
  };
  const runs = createRuns(workshop, {
    ended: (end) => {
      const text = afterwards(end);
      if (text === undefined) return;
      const { where, run, requestedAt } = end.state;
      log.error({ run }, text);
      if (where.kind !== 'issue') return;
      const about = digestOf(text);
      announce(answering, { key: `${run}-${about}`, where, at: requestedAt }, text, about);
    },
    elsewhere: ({ run }, why) => {
      log.info({ run }, why);
    },
    ours: (state) => {
      conversation.catchUp(state);
    },
    refused: ({ where, run, requestedAt }, why) => {
      tell(where, run, requestedAt, notTakenUp(run, why), onceFor(why));
    },
  });
  const tellDamaged = (damaged: Damaged): void => {
    const { run, where, why } = damaged;
    if (where !== undefined) tell(where, run, dayOf(run), worded([damagedText(damaged)]), onceFor(why));
  };
  return { api, workshop, runs, conversation, answering, speaker, log, tellDamaged, closing };
}

/** Said once for each reason, however often the process is started. */
const onceFor = (why: string): ReplyOptions => ({ about: digestOf(why), again: true });

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** A run's id begins with the day on which it was asked for. */
const dayOf = (run: RunId): string => run.replace(/^(\d{4})(\d\d)(\d\d)-.*$/, '$1-$2-$3T00:00:00Z');
