import { unknownAttempt } from './attempts.ts';
import { planStep, taskState } from './steps.ts';
import type { Attempt, Captured, EventBody, JobKey, JobReport, Outcome, RunState } from './types.ts';

/** What was kept of a job's output. */
export interface KeptLog {
  readonly sha256: string;
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly bytes: { readonly out: number; readonly err: number };
}

type Told = Exclude<JobReport, { readonly kind: 'fenced' }>;
type JobFinished = Extract<EventBody, { readonly type: 'job_finished' }>;

/**
 * What to record when a host has told about a job: of `ensure_job`, or of `settle`, where the job's end was not seen
 * before. (`fenced` is no end of the job but of this worker.)
 */
export function finishedEvents(state: RunState, job: JobKey, report: Told, log: KeptLog): readonly EventBody[] {
  const task = taskState(state, job);
  const unknown = task === undefined ? undefined : unknownAttempt(task);
  if (unknown?.attempt !== job.attempt) return [jobFinished(state, job, report, log)];
  if (report.kind === 'unknown' || report.kind === 'unreachable' || (report.kind === 'refused' && report.unseen)) {
    const alive = report.kind === 'unknown' ? report.alive : undefined;
    const why = report.kind === 'refused' ? refusedBecause(report) : report.why;
    const again = settled(job, 'unknown', why, alive);
    // What it had printed may have come only now, and the log is what its last end says.
    if (isKept(unknown, log)) return [again];
    const seen = { kind: 'unknown', why, ...(alive === undefined ? {} : { alive }) } as const;
    return [jobFinished(state, job, seen, log), again];
  }
  const finished = jobFinished(state, job, report, log);
  return [finished, settled(job, finished.outcome, evidenceOf(report), undefined)];
}

function isKept({ finished }: Attempt, { sha256, bytes }: KeptLog): boolean {
  return finished?.sha256 === sha256 && finished.bytes.out === bytes.out && finished.bytes.err === bytes.err;
}

function settled(job: JobKey, outcome: Outcome, evidence: string, alive: boolean | undefined): EventBody {
  return { type: 'job_settled', job, outcome, by: 'host', evidence, ...(alive === undefined ? {} : { alive }) };
}

function evidenceOf(report: Told): string {
  if (report.kind === 'finished') return 'its exit was found on the host';
  return report.kind === 'void' ? 'the host holds the proof that it never started' : report.why;
}

function jobFinished(state: RunState, job: JobKey, report: Told, log: KeptLog): JobFinished {
  const common = {
    type: 'job_finished',
    job,
    sha256: log.sha256,
    captured: { stdout: log.stdout, stderr: log.stderr },
  } as const;
  if (report.kind === 'finished') {
    const { reached, exitCode, durationMs, bytes, survivors, cut } = report;
    const outcome = outcomeOfEnd(report.end, job.phase === 'apply' && planStep(state.plan, job.step, 'apply').readOnly);
    return { ...common, outcome, reached, exit_code: exitCode, duration_ms: durationMs, bytes, survivors, cut };
  }
  const nothing = { exit_code: null, duration_ms: 0, bytes: log.bytes, survivors: 0, cut: false } as const;
  switch (report.kind) {
    case 'void':
      return { ...common, ...nothing, outcome: 'unreachable', reached: 'prepare', why: 'it never started' };
    case 'unreachable':
      return mayHaveStarted(state, job)
        ? { ...common, ...nothing, outcome: 'unknown', reached: 'apply', why: report.why }
        : { ...common, ...nothing, outcome: 'unreachable', reached: 'prepare', why: report.why };
    case 'refused': {
      const why = refusedBecause(report);
      return report.unseen === true && mayHaveStarted(state, job)
        ? { ...common, ...nothing, outcome: 'unknown', reached: 'apply', why }
        : { ...common, ...nothing, outcome: 'failed', reached: 'prepare', why };
    }
    case 'unknown': {
      const alive = report.alive === undefined ? {} : { alive: report.alive };
      return { ...common, ...nothing, outcome: 'unknown', reached: 'apply', why: report.why, ...alive };
    }
  }
}

const refusedBecause = ({ why }: { readonly why: string }): string => `the host refuses: ${why}`;

/**
 * That nothing was sent this time says that a job never started only where nothing can have been sent before: by a
 * worker that died before it could say so, or by this one before it was told to abort.
 */
function mayHaveStarted(state: RunState, job: JobKey): boolean {
  const attempt = taskState(state, job)?.attempts.find((each) => each.attempt === job.attempt);
  if (state.aborting !== undefined || attempt === undefined) return true;
  return attempt.startedAt !== undefined || attempt.epoch !== state.epoch;
}

function outcomeOfEnd(end: Extract<JobReport, { kind: 'finished' }>['end'], readOnly: boolean): Outcome {
  switch (end) {
    case 'nothing':
      return 'ok';
    case 'done':
      return readOnly ? 'ok' : 'changed';
    case 'failed':
    case 'timed_out':
      return end;
    case 'killed':
      return 'aborted';
  }
}
