import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './engine/system-clock.ts';
import { type ActionSettings, readActionSettings, runAction } from './github/run-action.ts';
import { tellUnable } from './github/tell-unable.ts';
import { toldToStop } from './github/told-to-stop.ts';
import { createHosts } from './host/hosts.ts';
import { createLogs } from './host/logs.ts';
import { linkProblems } from './host/options.ts';
import { createSecrets } from './host/secrets.ts';
import { createFileJournal } from './journal/file.ts';

function act(settings: ActionSettings): Promise<0 | 1> {
  const worker = `action ${settings.id} ${hostname()} ${String(process.pid)}`;
  const rim = {
    hosts: createHosts(),
    journal: createFileJournal(settings.journal, { clock: systemClock, worker }),
    logs: createLogs(join(settings.journal, 'logs')),
    secrets: createSecrets(process.env),
    clock: systemClock,
    worker,
  };
  return runAction(settings, rim, toldToStop());
}

/** A job that is red says nothing in the thread by itself. */
async function fail(code: 1 | 2, words: string): Promise<void> {
  process.exitCode = code;
  process.stderr.write(`changeover: ${words}\n`);
  await tellUnable(process.env, systemClock).catch((error: unknown) => {
    process.stderr.write(`changeover: the thread could not be told: ${wordsOf(error)}\n`);
  });
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function settingsOf(env: NodeJS.ProcessEnv): ReturnType<typeof readActionSettings> {
  const given = readActionSettings(env);
  const problems = [...(given.kind === 'faulty' ? given.problems : []), ...linkProblems(env)];
  return given.kind === 'nothing' || problems.length === 0 ? given : { kind: 'faulty', problems };
}

const read = settingsOf(process.env);
switch (read.kind) {
  case 'nothing':
    process.stdout.write(`${read.why}\n`);
    break;
  case 'faulty':
    await fail(2, ['the action cannot start.', ...read.problems].join('\n  '));
    break;
  case 'ok':
    try {
      process.exitCode = await act(read.settings);
    } catch (error) {
      await fail(1, wordsOf(error));
    }
}
