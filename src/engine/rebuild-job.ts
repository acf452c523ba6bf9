import { finishedEvents, type KeptLog } from '../run/finished.ts';
import { orderOf } from '../run/order.ts';
import { planHost, planStep } from '../run/steps.ts';
import type { EventBody, JobReport, RunState } from '../run/types.ts';
import { keepingOf } from './perform.ts';
import type { FoundJob } from './ports.ts';
import { secretsFor } from './secrets.ts';
import type { RunWorkshop } from './workshop.ts';

type Told = Exclude<JobReport, { readonly kind: 'fenced' }>;

/** What a host holds of a job, as events; with its output, as far as that is still to be had. Nothing is started or stopped. */
export async function endAnew(
  workshop: RunWorkshop,
  state: RunState,
  found: FoundJob,
  epoch: number,
): Promise<readonly EventBody[]> {
  const { job, claim } = found;
  const started: readonly EventBody[] =
    claim === undefined ? [] : [{ type: 'job_started', job, boot_id: claim.bootId, pid: claim.pid }];
  const { report, log, isLost } = await outputOf(workshop, state, found, epoch);
  const ends = finishedEvents(state, job, report, log);
  return [
    ...started,
    ...ends.map((event) =>
      isLost && event.type === 'job_finished'
        ? { ...event, ...(report.kind === 'finished' ? { bytes: report.bytes } : {}), output_lost: true as const }
        : event,
    ),
  ];
}

async function outputOf(
  workshop: RunWorkshop,
  state: RunState,
  found: FoundJob,
  epoch: number,
): Promise<{ readonly report: Told; readonly log: KeptLog; readonly isLost: boolean }> {
  const { job, report } = found;
  const step = planStep(state.plan, job.step, job.phase);
  const log = await workshop.logs.open(state.run, job, keepingOf(workshop, state, step));
  if (report === undefined) return { report: withoutEnd(found), log: await log.seal('unseen'), isLost: false };
  const { out, err } = report.bytes;
  const order = { ...orderOf(state, job, epoch), ...secretsFor(step, workshop.given) };
  const settled =
    out + err === 0 ? report : await workshop.hosts.host(planHost(state.plan, job.host)).settle(order, log);
  const isLost = settled.kind !== 'finished';
  return { report, log: await log.seal(isLost ? 'unseen' : report.cut ? 'cut' : 'whole'), isLost };
}

/** Of a job that is at work, or of which nobody knows how it ended, no more is known: the run looks at it when it goes on. */
function withoutEnd({ state }: FoundJob): Told {
  if (state === 'void') return { kind: 'void' };
  return state === 'running'
    ? { kind: 'unknown', why: 'it was still at work when the record was made anew', alive: true }
    : { kind: 'unknown', why: 'its process is gone and left no exit code', alive: false };
}
