import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './engine/system-clock.ts';
import { type ActionSettings, readActionSettings, runAction } from './github/run-action.ts';
import { createHosts } from './host/hosts.ts';
import { createLogs } from './host/logs.ts';
import { createFileJournal } from './journal/file.ts';

function act(settings: ActionSettings): Promise<0 | 1> {
  const worker = `action ${settings.id} ${hostname()} ${String(process.pid)}`;
  return runAction(settings, {
    hosts: createHosts(),
    journal: createFileJournal(settings.journal, { clock: systemClock, worker }),
    logs: createLogs(join(settings.journal, 'logs')),
    clock: systemClock,
    worker,
  });
}

const read = readActionSettings(process.env);
switch (read.kind) {
  case 'nothing':
    process.stdout.write(`${read.why}\n`);
    break;
  case 'faulty':
    process.stderr.write(['changeover: the action cannot start.', ...read.problems].join('\n  ') + '\n');
    process.exitCode = 2;
    break;
  case 'ok':
    process.exitCode = await act(read.settings).catch((error: unknown) => {
      process.stderr.write(`changeover: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    });
}
