import type { EventBody, JobKey, RunEvent } from '../run/types.ts';
import type { Verdict } from './commands/verify.ts';

/** What is known of a journal file by its chain alone. */
export type CheckedFile =
  | { readonly kind: 'ok'; readonly head: string; readonly events: readonly RunEvent[] }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'missing' };

/** Checks a journal file's chain, and that each job's log is still the one whose digest the journal holds. */
export async function checkRun(
  checkFile: () => Promise<CheckedFile>,
  digestOf: (run: string, job: JobKey) => Promise<string | undefined>,
): Promise<Verdict | undefined> {
  const file = await checkFile();
  if (file.kind === 'missing') return undefined;
  if (file.kind === 'broken') return { run: '', events: 0, logs: 0, head: '', broken: [file.why] };
  const run = file.events[0]?.run ?? '';
  // A job that was looked at again has two ends; its log is the later one's.
  const ends = new Map(
    file.events.flatMap((event): [string, Finished][] =>
      event.type === 'job_finished' ? [[nameOf(event.job), event]] : [],
    ),
  );
  const broken: string[] = [];
  for (const [name, end] of ends) {
    const digest = await digestOf(run, end.job);
    if (digest === undefined && end.bytes.out + end.bytes.err === 0) continue;
    if (digest === undefined) broken.push(`the log of ${name} is gone`);
    else if (digest !== end.sha256)
      broken.push(`the log of ${name} is not what was written: its digest is ${digest}, not ${end.sha256}`);
  }
  return { run, events: file.events.length, logs: ends.size, head: file.head, broken };
}

type Finished = Extract<EventBody, { readonly type: 'job_finished' }>;

function nameOf({ step, item, host, phase, attempt }: JobKey): string {
  return `step ${step}${item === '-' ? '' : ` (${item})`} on ${host}, ${phase} ${String(attempt)}`;
}
