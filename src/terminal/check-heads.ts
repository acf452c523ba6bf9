import type { Answer, FoundJob, FoundRun, Hosts } from '../engine/ports.ts';
import { touchedHosts } from '../run/steps.ts';
import type { RunEvent, RunState } from '../run/types.ts';
import type { Note } from '../thread/check-thread.ts';
import { jobWords } from './job-words.ts';

/** What a host answered when it was asked for what it holds of a run. */
export interface Asked {
  readonly host: string;
  readonly answer: Answer<FoundRun>;
}

/** `count`: heads on hosts that the chain has, each where it should. `notes`: what could not be compared, and why. */
export interface HeadsCompared {
  readonly count: number;
  readonly broken: readonly string[];
  readonly notes: readonly Note[];
}

/** Asks the hosts on which the run could start anything; a dry run has none. */
export async function askHosts(hosts: Hosts, state: RunState): Promise<readonly Asked[]> {
  const touched = state.mode === 'dryrun' ? [] : touchedHosts(state);
  return Promise.all(
    touched.map(async (host) => ({ host: host.name, answer: await hosts.host(host).jobs(state.run) })),
  );
}

/**
 * Compares the journal's heads that hosts hold with the chain: a job folder names the last event there was when the job
 * was ordered, the mark of a closed run the last one of all.
 * @param events the run's, read after the hosts were asked, so that none of theirs can be newer
 * @param hashes of those events, in their order
 */
export function compareHeads(
  asked: readonly Asked[],
  events: readonly RunEvent[],
  hashes: readonly string[],
): HeadsCompared {
  const each = asked.map(({ host, answer }) =>
    answer.kind === 'unreachable'
      ? {
          count: 0,
          broken: [],
          notes: [{ about: host, text: `${host} could not be asked, so nothing on it was compared: ${answer.why}` }],
        }
      : compareHost(host, answer.value, events, hashes),
  );
  return {
    count: each.reduce((sum, { count }) => sum + count, 0),
    broken: each.flatMap(({ broken }) => broken),
    notes: each.flatMap(({ notes }) => notes),
  };
}

function compareHost(
  host: string,
  { jobs, closed, barred }: FoundRun,
  events: readonly RunEvent[],
  hashes: readonly string[],
): HeadsCompared {
  const marks = closed === undefined ? [] : [closed.head];
  const older = jobs.filter((found) => isOfLost(found, events, hashes));
  const ours = jobs.filter((found) => !older.includes(found));
  const heads =
    ours.filter(({ head }) => head !== undefined).length + marks.filter((head) => head !== undefined).length;
  const broken = [
    ...ours.flatMap((job) => jobTrouble(job, events, hashes)),
    ...marks.flatMap((head) => markTrouble(host, head, events, hashes)),
  ];
  const over = events.at(-1)?.type === 'run_finished';
  const gone = `${host} holds no hash of the run any more (a mark is kept for 30 days), so nothing on it was compared`;
  const lost = `${host}: ${String(older.length)} of its jobs were ordered by the record that was lost, so what their folders say of it was not compared`;
  const before = older.length === 0 ? [] : [{ about: `jobs of before on ${host}`, text: lost }];
  const notes =
    older.length + heads > 0 || barred !== undefined || (closed === undefined && !over)
      ? []
      : [{ about: host, text: gone }];
  return { count: heads, broken, notes: [...before, ...notes] };
}

/** Of a record that was made anew: a job of before, whose folder names an event of the record that was lost. */
function isOfLost({ job, head }: FoundJob, events: readonly RunEvent[], hashes: readonly string[]): boolean {
  if (head === undefined || hashes.includes(head)) return false;
  const anew = events.findIndex((event) => event.type === 'prompt_opened' && event.rebuilt === true);
  return events
    .slice(0, Math.max(0, anew))
    .some((event) => event.type === 'job_finished' && jobWords(event.job) === jobWords(job));
}

function jobTrouble(
  { job, head }: FoundJob,
  events: readonly RunEvent[],
  hashes: readonly string[],
): readonly string[] {
  if (head === undefined) return [];
  const ordered = hashes.indexOf(head) + 1;
  if (ordered === 0)
    return [`${jobWords(job)}: its folder there names an event that this journal does not have: ${head}`];
  const told = events.find(
    (event) => (event.type === 'job_started' || event.type === 'job_finished') && jobWords(event.job) === jobWords(job),
  );
  if (told === undefined || ordered < told.seq) return [];
  return [
    `${jobWords(job)}: event ${String(told.seq)} tells of it, but by its folder there it was ordered after event ${String(ordered)}`,
  ];
}

function markTrouble(
  host: string,
  head: string | undefined,
  events: readonly RunEvent[],
  hashes: readonly string[],
): readonly string[] {
  if (events.at(-1)?.type !== 'run_finished') {
    return [`${host} says that the run has ended, and this journal has no end: its last events are missing`];
  }
  if (head === undefined || head === hashes.at(-1)) return [];
  return [`${host} says that the run ended with event ${head}, which is not this journal's last one`];
}
