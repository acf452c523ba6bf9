import { join } from 'node:path';
import type { Hosts, Journal } from '../src/engine/ports.ts';
import { planCall, startRun } from '../src/engine/request.ts';
import { systemClock } from '../src/engine/system-clock.ts';
import type { Workshop } from '../src/engine/workshop.ts';
import { createHosts } from '../src/host/hosts.ts';
import { createLogs } from '../src/host/logs.ts';
import { createSecrets } from '../src/host/secrets.ts';
import { createFileJournal } from '../src/journal/file.ts';
import { createMemoryJournal } from '../src/journal/memory.ts';
import type { Sshd } from '../test/support/sshd.ts';
import { bareHosts } from './bare.ts';
import type { Peer } from './peers.ts';
import type { Place } from './place.ts';

/** What of a run may be left out, to see what it costs. */
export interface Parts {
  readonly hosts: () => Promise<Hosts> | Hosts;
  readonly journal: (folder: string) => Journal;
}

const BENCH = { clock: systemClock, worker: 'bench' };

/** All that `changeover run` has: jobs claimed, watched and kept on their host, every event synced to the disk. */
export const SAFE: Parts = {
  hosts: () => createHosts({ env: {} }),
  journal: (folder) => createFileJournal(folder, BENCH),
};

/** The record is lost with its process. */
export const IN_MEMORY: Parts = { ...SAFE, journal: () => createMemoryJournal(BENCH) };

/** Besides, nothing is claimed, watched or kept on the host: each script goes to a shell that waits for it. */
export const unsafe = (server: Sshd): Parts => ({ ...IN_MEMORY, hosts: () => bareHosts(server) });

/** A whole run as `changeover run` does it: plan, preflight, lock, journal, logs, tidying; by default as safe as it is. */
export function wholeRun(server: Sshd, place: Place, name: string, parts: Parts = SAFE): Peer {
  return {
    name,
    run: async (steps) => {
      const hosts = await parts.hosts();
      const files = filesOf(server, steps);
      const workshop: Workshop = {
        hosts,
        journal: parts.journal(place.local),
        logs: createLogs(join(place.local, 'logs')),
        secrets: createSecrets({}),
        source: {
          head: () => Promise.resolve(null),
          read: (_commit, path) => Promise.resolve(files.get(path)),
          list: () => Promise.resolve([...files.keys()]),
        },
        conversation: { changed: () => undefined, settled: () => Promise.resolve() },
        clock: systemClock,
        worker: 'bench',
      };
      const planned = await planCall(workshop, { system: 'bench', verb: 'true', positional: [], named: [] });
      if (planned.kind !== 'planned') throw new Error(`no plan: ${JSON.stringify(planned)}`);
      const by = { kind: 'terminal', user: 'bench' } as const;
      const drive = await startRun(workshop, { plan: planned.plan, mode: 'apply', by, where: { kind: 'terminal' } });
      const end = await drive.ended;
      await hosts.end();
      if (end.state.status !== 'succeeded') throw new Error(`went wrong: ${end.state.because ?? end.kind}`);
    },
  };
}

function filesOf(server: Sshd, steps: number): ReadonlyMap<string, string> {
  const { address, port, user, key, hostKey } = server.planHost('thurst');
  const host = { address, port, user, key, host_key: hostKey };
  const step = (_: unknown, index: number): object => ({
    id: `step-${String(index + 1)}`,
    run: 'true',
    on_rollback: { leave: 'there is nothing to undo' },
  });
  const procedure = { description: 'Nothing, often', hosts: ['thurst'], steps: Array.from({ length: steps }, step) };
  return new Map([
    ['inventory.yml', JSON.stringify({ hosts: { thurst: host } })],
    ['procedures/bench/true.yml', JSON.stringify(procedure)],
  ]);
}
