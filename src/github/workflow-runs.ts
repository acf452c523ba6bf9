import type { Lives } from '../engine/ports.ts';
import { type Client, createKept, ONCE, type Place } from './api.ts';
import { readWorkflowRun } from './boundary.ts';

/**
 * Asks GitHub whether a workflow's run is still at work: it is over once it has completed, or was started again since. What
 * GitHub does not know, or does not tell, is unsure.
 */
export function livesOf(client: Client, place: Place): Lives {
  const kept = createKept(client);
  const dead = new Set<string>();
  return async ({ id, attempt }) => {
    const key = `${id} ${String(attempt)}`;
    if (dead.has(key)) return 'no';
    if (!/^\d+$/.test(id)) return 'unsure';
    try {
      const asked = { ...place, ...ONCE, run_id: id };
      const run = readWorkflowRun(await kept('GET /repos/{owner}/{repo}/actions/runs/{run_id}', asked));
      if (run.status !== 'completed' && run.attempt <= attempt) return 'yes';
      dead.add(key);
      return 'no';
    } catch {
      return 'unsure';
    }
  };
}
