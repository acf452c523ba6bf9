import { expect, it } from '@jest/globals';
import { startRun } from '../../src/engine/request.ts';
import { pickUp } from '../../src/engine/pick-up.ts';
import type { Clock } from '../../src/engine/ports.ts';
import type { Workshop } from '../../src/engine/workshop.ts';
import { createSecrets } from '../../src/host/secrets.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { Actor } from '../../src/run/types.ts';
import { finished, memoryLogs, obedientHosts } from '../github/workbench.ts';
import { plan, step } from '../run/plans.ts';

const HOUR = 3_600_000;
const by: Actor = { kind: 'terminal', user: 'olivia' };

/** A clock that somebody may set, and that passes a little each time it is asked. */
function settable(): Clock & { readonly set: (by: number) => void } {
  let at = Date.parse('2026-11-22T06:00:00.000Z');
  return {
    now: () => new Date((at += 10)).toISOString(),
    sleep: (ms) => {
      at += ms;
      return Promise.resolve();
    },
    set: (ms) => {
      at += ms;
    },
  };
}

it.each([-9 * HOUR, 9 * HOUR])(
  'a run goes on by its own time where its next worker’s clock is %d ms off',
  async (off) => {
    const clock = settable();
    const journal = createMemoryJournal({ clock, worker: 'test' });
    let fails = 3;
    const hosts = obedientHosts(({ job }) => {
      if (job.step !== 'two') return finished('done');
      fails -= 1;
      return finished(fails >= 0 ? 'failed' : 'done');
    });
    const workshop: Workshop = {
      ...{ hosts, journal, logs: memoryLogs(), secrets: createSecrets({}), clock, worker: 'test' },
      source: {
        head: () => Promise.resolve(null),
        read: () => Promise.resolve(undefined),
        list: () => Promise.resolve([]),
      },
      conversation: { changed: () => undefined, settled: () => Promise.resolve() },
    };
    const retried = step('two', { idempotent: true, retries: { times: 1, delayMs: 30_000 } });
    const made = plan([step('one'), retried]);
    const first = await startRun(workshop, { plan: made, mode: 'apply', by, where: { kind: 'terminal' } });
    expect(await first.ended).toMatchObject({ kind: 'waiting' });
    const { run } = first.state();

    clock.set(off);
    const heardAt = clock.now();
    const picked = await pickUp(workshop, run, true);
    if (picked.kind !== 'working') throw new Error(picked.kind);
    // By the clock it may be from before the prompt: whoever names that one is understood all the same.
    expect(await picked.drive.decide({ kind: 'retry', heardAt, prompt: 'p1' }, by)).toMatchObject({ ok: true });
    expect(await picked.drive.ended).toMatchObject({ kind: 'finished', state: { status: 'succeeded' } });

    const read = await journal.read(run);
    const times = read.kind === 'ok' ? read.events.map(({ at }) => Date.parse(at)) : [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // The retry that nobody asks for comes half a minute after the one that was: by the run's time, so not hours later, nor at once.
    const decided = read.kind === 'ok' ? read.events.findIndex(({ type }) => type === 'decision_made') : -1;
    const took = (times.at(-1) ?? 0) - (times[decided] ?? 0);
    expect(took).toBeGreaterThanOrEqual(30_000);
    expect(took).toBeLessThan(120_000);
  },
);
