import { describe, expect, it } from '@jest/globals';
import type { Hosts } from '../../src/engine/ports.ts';
import { createRuns } from '../../src/engine/runs.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { RunId } from '../../src/run/types.ts';
import { memoryLogs, obedientHosts } from '../github/workbench.ts';
import { createSecrets } from '../../src/host/secrets.ts';
import { plan, step } from '../run/plans.ts';

const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
const where = { kind: 'terminal' } as const;
const by = { kind: 'terminal', user: 'olivia' } as const;

function workshopOf(hosts: Hosts, read: (run: RunId) => void = () => undefined) {
  return {
    hosts,
    journal: {
      ...journal,
      read: (run: RunId) => {
        read(run);
        return journal.read(run);
      },
    },
    logs: memoryLogs(),
    clock: systemClock,
    secrets: createSecrets({}),
    worker: 'test',
    source: {
      head: () => Promise.resolve(null),
      read: () => Promise.resolve(undefined),
      list: () => Promise.resolve([]),
    },
    conversation: { changed: () => undefined, settled: () => Promise.resolve() },
  };
}

describe('the runs of a process', () => {
  it('read the record of a run that is over once, however often they are asked', async () => {
    const reads: RunId[] = [];
    const runs = createRuns(workshopOf(obedientHosts(), (run) => reads.push(run)));
    const drive = await runs.start({ plan: plan([step('one')]), mode: 'apply', by, where });
    expect(await drive.ended).toMatchObject({ kind: 'finished' });
    for (let times = 0; times < 3; times += 1) {
      expect((await runs.states())[0]).toMatchObject({ run: drive.state().run, status: 'succeeded' });
    }
    expect(reads).toEqual([drive.state().run]);
  });

  it('go on though a host throws where it should only tidy up', async () => {
    const hosts = obedientHosts();
    const tidied: string[] = [];
    const careless: Hosts = {
      ...hosts,
      host: (host) => ({
        ...hosts.host(host),
        tidyJob: (_run, job) => {
          tidied.push(job.step);
          return Promise.reject(new Error('of a kind that nobody thought of'));
        },
      }),
    };
    const drive = await createRuns(workshopOf(careless)).start({ plan: plan([step('one')]), mode: 'apply', by, where });
    expect(await drive.ended).toMatchObject({ kind: 'finished', state: { status: 'succeeded' } });
    expect(tidied).toEqual(['one']);
  });

  it('say of which they speak after a start: not of one that another process works on', async () => {
    const hang: Hosts = obedientHosts(() => new Promise(() => undefined));
    const drive = await createRuns(workshopOf(hang)).start({ plan: plan([step('one')]), mode: 'apply', by, where });
    const { run } = drive.state();
    const heard: string[] = [];
    const runs = createRuns(workshopOf(obedientHosts()), {
      ours: (state) => heard.push(`ours ${state.run}`),
      refused: (state) => heard.push(`refused ${state.run}`),
    });
    await runs.pickUpAll();
    expect(heard).toEqual([`refused ${run}`]);
    // Given back, it cannot be taken up since its procedure is nowhere: what it has left unsaid is to be said all the same.
    drive.stop();
    await drive.ended;
    await runs.pickUpAll();
    expect(heard.slice(1)).toEqual([`refused ${run}`, `ours ${run}`]);
  });

  it('take up at once what waits for its turn at a run, so that no other process takes it for unheard', async () => {
    const workshop = workshopOf(obedientHosts());
    // Whoever takes the run over first comes to no end.
    const stuck = { ...workshop.journal, claim: () => new Promise<never>(() => undefined) };
    const runs = createRuns({ ...workshop, journal: stuck });
    const issue = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment: 1 } as const;
    const took: string[] = [];
    for (const key of ['first', 'second'])
      void runs.decide('20261122-0000', { kind: 'abort', heardAt: systemClock.now() }, by, undefined, {
        ...{ key, where: issue },
        took: () => took.push(key),
      });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(took).toEqual(['second']);
    expect(await Promise.all(['first', 'second'].map((key) => journal.isAccepted(key)))).toEqual([false, true]);
  });
});
