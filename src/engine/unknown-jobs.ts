import { taskState, touchedHosts } from '../run/steps.ts';
import type { RunState } from '../run/types.ts';
import type { FoundJob } from './ports.ts';
import type { Workshop } from './workshop.ts';

/**
 * What the run's hosts hold of it and its journal, which has not come to its end, says nothing of: jobs that have
 * started, and the run's end. The journal is durable before anything happens on a host, so there is nothing unless it is
 * not the whole one (an old copy was put back): then nobody may go on by it.
 * @returns `step on host, attempt 2`, `the run's end on host`; hosts that cannot be reached are left out.
 */
export async function unknownJobs(workshop: Workshop, state: RunState): Promise<readonly string[]> {
  const hosts = touchedHosts(state);
  const found = await Promise.all(
    hosts.map(async (host) => ({
      name: host.name,
      answer: await workshop.hosts.host(host).jobs(state.run),
    })),
  );
  return found.flatMap(({ name, answer }) => {
    if (answer.kind !== 'ok') return [];
    const { jobs, closed } = answer.value;
    const unknown = jobs.filter((job) => hasStarted(job) && !isKnown(state, job));
    return [...unknown.map(wordsOf), ...(closed === undefined ? [] : [`the run's end on ${name}`])];
  });
}

const wordsOf = ({ job }: FoundJob): string =>
  `${job.phase === 'undo' ? 'undo of ' : ''}${job.step} on ${job.host}, attempt ${String(job.attempt)}`;

const hasStarted = ({ state }: FoundJob): boolean => state === 'running' || state === 'ended' || state === 'gone';

const isKnown = (state: RunState, { job }: FoundJob): boolean =>
  taskState(state, job)?.attempts.some(({ attempt }) => attempt === job.attempt) === true;
