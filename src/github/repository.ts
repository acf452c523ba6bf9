import type { Clock, Hosts, Journal, Logs } from '../engine/ports.ts';
import { createRuns, type Runs } from '../engine/runs.ts';
import { view } from '../engine/view.ts';
import type { Workshop } from '../engine/workshop.ts';
import { commentsOf } from '../thread/comments.ts';
import { createGitHubApi, type Client, type GitHubApi, type Place } from './api.ts';
import type { IssueComment } from './boundary.ts';
import { afterwards } from './afterwards.ts';
import { createConversation, type GitHubConversation } from './conversation.ts';
import { journalOf } from './repository-journal.ts';
import { createGitHubSource } from './source.ts';

/** What a process has besides GitHub, the same for all repositories. */
export interface Rim {
  readonly hosts: Hosts;
  readonly journal: Journal;
  readonly logs: Logs;
  readonly clock: Clock;
  /** Names this process in the journal. */
  readonly worker: string;
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
  readonly log: Log;
}

export function createRepository(
  place: Place,
  client: Client,
  rim: Rim,
  isOurs: (comment: IssueComment) => boolean,
  log: Log,
): Repository {
  const api = createGitHubApi(client, place);
  const { clock } = rim;
  const repository = `${place.owner}/${place.repo}`;
  const conversation = createConversation({
    api,
    clock,
    commentsOf: (state) => commentsOf(state, view),
    isOurs,
    log: (message, error) => {
      log.warn({ repository, ...(error === undefined ? {} : { err: error }) }, message);
    },
  });
  const workshop = { ...rim, journal: journalOf(rim.journal, place), source: createGitHubSource(api), conversation };
  const runs = createRuns(workshop, (end) => {
    const text = afterwards(end);
    const { where, run } = end.state;
    if (text === undefined || where.kind !== 'issue') return;
    log.error({ run }, text);
    conversation.reply(where.issue, { id: where.comment, createdAt: end.state.requestedAt }, text);
  });
  return { api, workshop, runs, conversation, log };
}
