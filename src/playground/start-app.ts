import { join } from 'node:path';
import { systemClock } from '../engine/system-clock.ts';
import { readSettings } from '../github/settings.ts';
import { startServer } from '../github/start-server.ts';
import { createHosts } from '../host/hosts.ts';
import { createLogs } from '../host/logs.ts';
import { createSecrets } from '../host/secrets.ts';
import { createFileJournal } from '../journal/file.ts';
import { tryToWrite } from '../journal/writable.ts';
import type { AppEnvironment, RunningApp } from './start.ts';

/** Starts the same app that `changeover serve` does, in this process. Throws where a variable is missing or wrong. */
export async function startApp(environment: AppEnvironment): Promise<RunningApp> {
  const read = readSettings(environment);
  if (read.kind === 'faulty') throw new Error(['The app cannot start. Set', ...read.problems].join('\n  '));
  const { journal } = read.settings;
  const worker = `playground ${String(process.pid)}`;
  // Neither keys nor known hosts of whoever starts the playground: the inventory says all that it takes.
  const hosts = createHosts({ env: {}, knownHosts: join(journal, 'known_hosts'), standIns: true });
  const rim = {
    hosts,
    journal: createFileJournal(journal, { clock: systemClock, worker }),
    logs: createLogs(join(journal, 'logs')),
    secrets: createSecrets(environment),
    clock: systemClock,
    worker,
  };
  return startServer(read.settings, rim, { tryToWrite: () => tryToWrite(journal), links: () => hosts.links() });
}
