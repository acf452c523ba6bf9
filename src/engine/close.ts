import { touchedHosts } from '../run/steps.ts';
import type { RunState } from '../run/types.ts';
import type { Workshop } from './workshop.ts';

/**
 * The run is over and its end is durable: on each host that it locked everything but the `closed` mark goes, and the lock
 * is given back. A host that cannot be reached keeps both until `changeover resume <run>` is called.
 * @param asked hosts whose locks may be the run's though its record does not say so
 * @returns the hosts that could not be tidied, with the reason.
 */
export async function closeOnHosts(
  workshop: Workshop,
  state: RunState,
  asked: readonly string[] = [],
): Promise<readonly string[]> {
  if (state.mode === 'dryrun') return [];
  const touched = [
    ...new Set([...touchedHosts(state), ...state.plan.hosts.filter(({ name }) => asked.includes(name))]),
  ];
  const answers = await Promise.all(
    touched.map(async (host) => ({ host, answer: await workshop.hosts.host(host).closeRun(state.run, state.head) })),
  );
  return answers.flatMap(({ host, answer }) => (answer.kind === 'ok' ? [] : [`${host.name}: ${answer.why}`]));
}
