import { taskState } from '../run/steps.ts';
import type { RunState } from '../run/types.ts';
import type { FoundJob } from './ports.ts';
import type { Workshop } from './workshop.ts';

/**
 * Jobs on the run's hosts that have started and that its journal says nothing of. The journal is durable before any job
 * starts, so there are none unless it is not the whole one (an old copy was put back): then nobody may go on by it.
 * @returns `step on host, attempt 2`; hosts that cannot be reached are left out.
 */
export async function unknownJobs(workshop: Workshop, state: RunState): Promise<readonly string[]> {
  const hosts = state.plan.hosts.filter((host) => state.locked.includes(host.name));
  const found = await Promise.all(hosts.map((host) => workshop.hosts.host(host).jobs(state.run)));
  return found
    .flatMap((answer) => (answer.kind === 'ok' ? answer.value : []))
    .filter((job) => hasStarted(job) && !isKnown(state, job))
    .map(
      ({ job }) =>
        `${job.phase === 'undo' ? 'undo of ' : ''}${job.step} on ${job.host}, attempt ${String(job.attempt)}`,
    );
}

const hasStarted = ({ state }: FoundJob): boolean => state === 'running' || state === 'ended' || state === 'gone';

const isKnown = (state: RunState, { job }: FoundJob): boolean =>
  taskState(state, job)?.attempts.some(({ attempt }) => attempt === job.attempt) === true;
