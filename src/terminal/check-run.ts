import { createHash } from 'node:crypto';
import { replay } from '../engine/drive.ts';
import { follow } from '../engine/find-run.ts';
import type { Clock, Hosts } from '../engine/ports.ts';
import type { EventBody, JobKey, RunEvent, RunState } from '../run/types.ts';
import type { Note } from '../thread/check-thread.ts';
import { checkComments, type ReadThread, type RunRecord } from './check-comments.ts';
import { askHosts, compareHeads } from './check-heads.ts';
import type { Verdict } from './commands/verify.ts';
import { jobWords } from './job-words.ts';

/** What is known of a journal file by its chain alone. */
export type CheckedFile =
  | { readonly kind: 'ok'; readonly head: string; readonly events: readonly RunEvent[] }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'missing' };

/** What a record is compared with, and how it is read. */
export interface Sources {
  readonly checkFile: () => Promise<CheckedFile>;
  readonly digestOf: (run: string, job: JobKey) => Promise<string | undefined>;
  /** None: no host is asked. Only a run of one's own journal may lead to hosts, not any file. */
  readonly hosts: Hosts | undefined;
  readonly thread: ReadThread;
  readonly clock: Clock;
}

/**
 * Checks a journal file's chain, that each job's log is still the one whose digest the journal holds, and that what the
 * run's hosts and its thread hold of the record is what it says.
 */
export async function checkRun({ checkFile, digestOf, hosts, thread, clock }: Sources): Promise<Verdict | undefined> {
  const first = await checkFile();
  if (first.kind !== 'ok') return withoutRecord(first);
  const followed = follow(first.events);
  if (followed.kind === 'broken') return withoutRecord(followed);
  const { state } = followed;
  const read = async (): Promise<RunRecord | undefined> => {
    const file = await checkFile();
    return file.kind === 'ok' ? { state: replay(file.events), events: file.events, hashes: hashesOf(file) } : undefined;
  };
  const [asked, comments] = await Promise.all([
    hosts === undefined ? [] : askHosts(hosts, state),
    checkComments(state, thread, read, clock),
  ]);
  // Again, because somebody may work on the run: what a host knew when it was asked is in it now.
  const file = await checkFile();
  if (file.kind !== 'ok') return withoutRecord(file);
  const hashes = hashesOf(file);
  const logs = await checkLogs(file.events, digestOf);
  const heads = compareHeads(asked, file.events, hashes);
  return {
    run: state.run,
    logs: logs.count,
    heads: heads.count,
    ...(comments.count === undefined ? {} : { comments: comments.count }),
    hashes,
    broken: [...logs.broken, ...heads.broken, ...comments.broken],
    notes: [...anewNotes(state), ...heads.notes, ...comments.notes],
  };
}

/** What nothing can be held against any more, once a record was made anew. */
function anewNotes({ run, rebuilt }: RunState): readonly Note[] {
  if (rebuilt === undefined) return [];
  const text =
    `The record of run ${run} was made anew at ${rebuilt.at} from what ${rebuilt.hosts.join(', ')} held of it. What the first one ` +
    'said of decisions, of values and of what was printed is lost, and was not compared.';
  return [{ about: 'what came before the record was made anew', text }];
}

const withoutRecord = (file: Exclude<CheckedFile, { readonly kind: 'ok' }>): Verdict | undefined =>
  file.kind === 'missing' ? undefined : { run: '', logs: 0, heads: 0, hashes: [], broken: [file.why], notes: [] };

const hashesOf = ({ events, head }: Extract<CheckedFile, { readonly kind: 'ok' }>): readonly string[] => [
  ...events.slice(1).map(({ prev }) => prev),
  head,
];

async function checkLogs(
  events: readonly RunEvent[],
  digestOf: (run: string, job: JobKey) => Promise<string | undefined>,
): Promise<{ readonly count: number; readonly broken: readonly string[] }> {
  // A job that was looked at again has two ends; its log is the later one's.
  const ends = new Map(
    events.flatMap((event): [string, Finished & { readonly run: string }][] =>
      event.type === 'job_finished' ? [[jobWords(event.job), event]] : [],
    ),
  );
  const broken: string[] = [];
  for (const [name, end] of ends) {
    const digest = await digestOf(end.run, end.job);
    // Of a job that said nothing, and of a step with no_log, there is no log.
    if (digest === undefined && (end.bytes.out + end.bytes.err === 0 || end.sha256 === OF_NOTHING)) continue;
    if (digest === undefined) broken.push(`the log of ${name} is gone`);
    else if (digest !== end.sha256)
      broken.push(`the log of ${name} is not what was written: its digest is ${digest}, not ${end.sha256}`);
  }
  return { count: ends.size, broken };
}

const OF_NOTHING = createHash('sha256').digest('hex');

type Finished = Extract<EventBody, { readonly type: 'job_finished' }>;
