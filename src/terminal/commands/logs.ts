import type { Logs } from '../../engine/ports.ts';
import { readLog } from '../../engine/read-log.ts';
import { stateOf } from '../../engine/find-run.ts';
import { nearest } from '../../language/suggest.ts';
import type { JobKey, RunId, RunState } from '../../run/types.ts';
import { allSteps, placeOf, planStep, planSteps, taskState, withoutItem } from '../../run/steps.ts';
import { cleanOutput } from '../../thread/clean.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** Bytes of each stream shown; the files in the journal folder hold all. */
const SHOWN = 10 * 1024 * 1024;

/** The output of a step's last attempts, host by host. */
export async function logs(session: Session, run: RunId, step: string, host: string | undefined): Promise<ExitCode> {
  const state = await stateOf(session.workshop, run);
  if (state === undefined) return invalid(session, `There is no run ${run}. \`changeover status\` lists the runs.`);
  const jobs = jobsOf(state, step).filter((job) => host === undefined || job.host === host);
  if (jobs.length === 0) return invalid(session, nothingText(state, step, host));
  for (const job of jobs) {
    const log = (await readLog(session.workshop.logs, state, job, SHOWN)) ?? looked(state, job);
    session.say(`--- ${job.step} on ${placeOf(job)}, ${job.phase} attempt ${String(job.attempt)}`);
    if (log === undefined) session.say('(nothing was started there)');
    else if (log.out === '' && log.err === '') session.say(isKept(state, job) ? '(it said nothing)' : NOT_KEPT);
    else {
      if (log.omittedBytes > 0)
        session.say(`(${String(log.omittedBytes)} earlier bytes are in ${session.options.journal})`);
      if (log.out !== '') session.say(shown(log.out));
      if (log.err !== '') session.say(`--- standard error\n${shown(log.err)}`);
    }
  }
  return EXIT.ok;
}

const NOT_KEPT = '(nothing of what it said is kept, as the procedure wants it: no_log)';

const isKept = (state: RunState, job: JobKey): boolean => planStep(state.plan, job.step, job.phase).noLog !== true;

/** On a screen nothing that a host printed may move the cursor or set a title; into a file it goes as it is. */
function shown(text: string): string {
  const lines = text.replace(/\n$/, '');
  return process.stdout.isTTY ? cleanOutput(lines) : lines;
}

/** What the last look of a check or a wait said: it is no job, so the journal alone has it. */
function looked(state: RunState, job: JobKey): Log | undefined {
  const read = taskState(state, job)?.lastRead;
  return read === undefined ? undefined : { out: read.stdout, err: read.stderr, omittedBytes: 0 };
}

type Log = NonNullable<Awaited<ReturnType<Logs['read']>>>;

/** Every attempt of a step, in the order in which they were made. */
function jobsOf(state: RunState, step: string): readonly JobKey[] {
  return allSteps(state)
    .filter((each) => withoutItem(each.id) === step)
    .flatMap((each) =>
      each.tasks.flatMap(({ item, host, attempts }) =>
        attempts.map(({ attempt }) => ({ step: each.id, item, host, phase: each.phase, attempt })),
      ),
    );
}

function nothingText(state: RunState, step: string, host: string | undefined): string {
  const ids = planSteps(state.plan).map((each) => each.id);
  if (ids.includes(step))
    return `Step ${step} has no output${host === undefined ? '' : ` on ${host}`}: no job of it was started.`;
  const near = nearest(step, ids);
  return `Run ${state.run} has no step ${step}.${near === undefined ? '' : ` Did you mean ${near}?`} Its steps: ${ids.join(', ')}.`;
}

function invalid(session: Session, text: string): ExitCode {
  session.complain(text);
  return EXIT.invalid;
}
