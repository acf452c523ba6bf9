import { taskState, touchedHosts } from '../run/steps.ts';
import type { EventBody, RunState } from '../run/types.ts';
import type { FoundJob, FoundRun } from './ports.ts';
import type { Workshop } from './workshop.ts';

/** What the hosts that the run touched hold of it; those that cannot be reached are left out. */
export async function foundOnHosts(workshop: Workshop, state: RunState): Promise<readonly FoundOn[]> {
  const found = await Promise.all(
    touchedHosts(state).map(async (host) => ({
      host: host.name,
      answer: await workshop.hosts.host(host).jobs(state.run),
    })),
  );
  return found.flatMap(({ host, answer }) => (answer.kind === 'ok' ? [{ host, found: answer.value }] : []));
}

interface FoundOn {
  readonly host: string;
  readonly found: FoundRun;
}

/** By which other run, and by whose word, it was barred from which hosts, as far as it does not know. */
export const barredEvents = (state: RunState, all: readonly FoundOn[]): readonly EventBody[] =>
  all.flatMap(({ host, found: { barred } }) =>
    barred === undefined || state.barredFrom?.[host] !== undefined
      ? []
      : [{ type: 'observed', for: 'barred', host, ...barred }],
  );

/**
 * What the run's hosts hold of it and its journal, which has not come to its end, says nothing of: jobs that have
 * started, and the run's end. The journal is durable before anything happens on a host, so there is nothing unless it is
 * not the whole one (an old copy was put back): then nobody may go on by it. Where a worker has died with what it had not
 * brought to the journal yet, the jobs that it may have started are adopted: the run comes to them again, and to ensure one
 * that has started is to attach to it.
 * @param left whether a worker may have died so
 * @returns `step on host, attempt 2`, `the run's end on host`
 */
export const unknownJobs = (state: RunState, all: readonly FoundOn[], left: boolean): readonly string[] =>
  all.flatMap(({ host, found: { jobs, closed } }) => {
    const unknown = jobs.filter((job) => hasStarted(job) && !isKnown(state, job) && !(left && isAdopted(state, job)));
    return [...unknown.map(wordsOf), ...(closed === undefined ? [] : [`the run's end on ${host}`])];
  });

const wordsOf = ({ job }: FoundJob): string =>
  `${job.phase === 'undo' ? 'undo of ' : ''}${job.step} on ${job.host}, attempt ${String(job.attempt)}`;

const hasStarted = ({ state }: FoundJob): boolean => state === 'running' || state === 'ended' || state === 'gone';

const isKnown = (state: RunState, { job }: FoundJob): boolean =>
  taskState(state, job)?.attempts.some(({ attempt }) => attempt === job.attempt) === true;

/** What a person has decided is in the journal before it is acted on; so nothing is undone that it does not tell of. */
const isAdopted = ({ rollback }: RunState, { job }: FoundJob): boolean =>
  job.phase === 'apply' || rollback !== undefined;
