import { replay } from '../engine/drive.ts';
import type { Hosts } from '../engine/ports.ts';
import type { EventBody, JobKey, RunEvent } from '../run/types.ts';
import { askHosts, compareHeads } from './check-heads.ts';
import type { Verdict } from './commands/verify.ts';
import { jobWords } from './job-words.ts';

/** What is known of a journal file by its chain alone. */
export type CheckedFile =
  | { readonly kind: 'ok'; readonly head: string; readonly events: readonly RunEvent[] }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'missing' };

/**
 * Checks a journal file's chain, that each job's log is still the one whose digest the journal holds, and that the heads
 * on the run's hosts are the chain's.
 * @param hosts none: no host is asked. Only a run of one's own journal may lead to hosts, not any file.
 */
export async function checkRun(
  checkFile: () => Promise<CheckedFile>,
  digestOf: (run: string, job: JobKey) => Promise<string | undefined>,
  hosts: Hosts | undefined,
): Promise<Verdict | undefined> {
  const first = await checkFile();
  const asked = first.kind === 'ok' && hosts !== undefined ? await askHosts(hosts, replay(first.events)) : [];
  // Again, because somebody may work on the run: what a host knew when it was asked is in it now.
  const file = asked.length > 0 ? await checkFile() : first;
  if (file.kind === 'missing') return undefined;
  if (file.kind === 'broken') return { run: '', logs: 0, heads: 0, hashes: [], broken: [file.why], notes: [] };
  const { events } = file;
  const hashes = [...events.slice(1).map(({ prev }) => prev), file.head];
  const logs = await checkLogs(events, digestOf);
  const heads = compareHeads(asked, events, hashes);
  return {
    run: events[0]?.run ?? '',
    logs: logs.count,
    heads: heads.count,
    hashes,
    broken: [...logs.broken, ...heads.broken],
    notes: heads.notes,
  };
}

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
    if (digest === undefined && end.bytes.out + end.bytes.err === 0) continue;
    if (digest === undefined) broken.push(`the log of ${name} is gone`);
    else if (digest !== end.sha256)
      broken.push(`the log of ${name} is not what was written: its digest is ${digest}, not ${end.sha256}`);
  }
  return { count: ends.size, broken };
}

type Finished = Extract<EventBody, { readonly type: 'job_finished' }>;
