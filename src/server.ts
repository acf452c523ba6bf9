import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './engine/system-clock.ts';
import { readSettings, type ServerSettings } from './github/settings.ts';
import { startServer } from './github/start-server.ts';
import { toldToStop } from './github/told-to-stop.ts';
import { createHosts } from './host/hosts.ts';
import { createLogs } from './host/logs.ts';
import { linkProblems } from './host/options.ts';
import { createSecrets } from './host/secrets.ts';
import { createFileJournal } from './journal/file.ts';
import { tryToWrite } from './journal/writable.ts';

/** Serves until SIGTERM or SIGINT; a second one does not wait for the words that are still to be said. */
async function serve(settings: ServerSettings): Promise<void> {
  const worker = `server ${hostname()} ${String(process.pid)}`;
  const stopped = toldToStop();
  const hosts = createHosts();
  const rim = {
    hosts,
    journal: createFileJournal(settings.journal, { clock: systemClock, worker }),
    logs: createLogs(join(settings.journal, 'logs')),
    secrets: createSecrets(process.env),
    clock: systemClock,
    worker,
  };
  const server = await startServer(settings, rim, {
    tryToWrite: () => tryToWrite(settings.journal),
    links: () => hosts.links(),
  });
  await stopped;
  await server.stop();
  // A host or a GitHub that does not answer must not keep the process.
  setTimeout(() => process.exit(), 2_000).unref();
}

const read = readSettings(process.env);
const problems = [...(read.kind === 'faulty' ? read.problems : []), ...linkProblems(process.env)];
if (read.kind === 'faulty' || problems.length > 0) {
  process.stderr.write(['changeover: the server cannot start. Set', ...problems].join('\n  ') + '\n');
  process.exitCode = 2;
} else {
  await serve(read.settings).catch((error: unknown) => {
    process.stderr.write(`changeover: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
