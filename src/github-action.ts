import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from './engine/ports.ts';
import { systemClock } from './engine/system-clock.ts';
import { openBranch } from './github/action-branch.ts';
import { readInputs } from './github/action-inputs.ts';
import { type ActionSettings, readActionSettings } from './github/action-settings.ts';
import { createJobLog } from './github/job-log.ts';
import { runAction } from './github/run-action.ts';
import type { Env } from './github/settings.ts';
import { logPart, stepSummary } from './github/step-summary.ts';
import { tellUnable } from './github/tell-unable.ts';
import { toldToStop } from './github/told-to-stop.ts';
import { collectLogs, watchedLogs } from './host/collect-logs.ts';
import { createHosts } from './host/hosts.ts';
import { createLogs } from './host/logs.ts';
import { linkProblems } from './host/options.ts';
import { createSecrets } from './host/secrets.ts';
import { createBranchJournal } from './journal/branch.ts';
import { createFileJournal } from './journal/file.ts';

/** Of this job's own; the runner empties what is around it. */
const folder = join(process.env['RUNNER_TEMP'] ?? tmpdir(), `changeover-${randomUUID()}`);
const { env, knownHosts, secrets } = readInputs(process.env, folder);
const log = createJobLog({
  write: (text) => process.stdout.write(text),
  onRunner: env['GITHUB_ACTIONS'] === 'true',
  token: randomUUID(),
});

async function act(settings: ActionSettings): Promise<0 | 1> {
  if (knownHosts !== undefined) {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(knownHosts.path, knownHosts.text);
  }
  const worker = `action ${settings.id} ${hostname()} ${String(process.pid)}`;
  const { journal, kept } = journalOf(settings, worker);
  const { logs, runs } = watchedLogs(createLogs(kept));
  const values = createSecrets(env);
  const rim = {
    hosts: createHosts({ env }),
    journal,
    logs,
    secrets: {
      take: (names: readonly string[]) => {
        const given = values.take(names);
        log.mask(Object.values(given.values));
        return given;
      },
    },
    clock: systemClock,
    worker,
    layout: settings.layout,
  };
  try {
    const { code, words, error, more } = await log.group('Log', () => runAction(settings, rim, toldToStop()));
    for (const { title, text } of words.map(logPart)) {
      await log.group(title, () => process.stdout.write(text));
    }
    await append('GITHUB_STEP_SUMMARY', stepSummary(words, error));
    if (more) await append('GITHUB_OUTPUT', 'work=true\n');
    if (code !== 0)
      log.error(error ?? 'Changeover could not do its work, or could not say what it had to: see the log.');
    return code;
  } finally {
    // Before GitHub is waited for: a job that is cancelled has seconds, and these logs are on no host any more.
    const to = join(folder, 'logs');
    try {
      if (await collectLogs(kept, to, runs)) await append('GITHUB_OUTPUT', `logs=${to}\n`);
    } finally {
      await journal.kept?.();
    }
  }
}

/** Adds to one of the files by which a step speaks to GitHub. */
async function append(name: string, text: string): Promise<void> {
  const path = env[name];
  if (path !== undefined && path !== '') await appendFile(path, text);
}

/** In the folder that was given, or on the branch of the repository. `kept`: where logs are. */
function journalOf(
  { journal, token, apiUrl, pace }: ActionSettings,
  worker: string,
): { readonly journal: Journal; readonly kept: string } {
  const options = { clock: systemClock, worker };
  if (typeof journal === 'string') return { journal: createFileJournal(journal, options), kept: join(journal, 'logs') };
  const { me, spool } = journal;
  const { store, lives } = openBranch(journal, { token, apiUrl, pace });
  const runs = join(spool, 'runs');
  return { journal: createBranchJournal(store, { ...options, me, lives, spool: runs }), kept: join(spool, 'logs') };
}

/**
 * A job that is red says nothing in the thread by itself. Nothing goes to the standard error: the runner reads that beside
 * the other stream, so that what stands there cannot be kept from being a command.
 */
async function fail(code: 1 | 2, words: string): Promise<void> {
  process.exitCode = code;
  log.error(words);
  await log.group('Telling the thread', async () => {
    await tellUnable(env, systemClock).catch((error: unknown) => {
      process.stdout.write(`changeover: the thread could not be told: ${wordsOf(error)}\n`);
    });
  });
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function settingsOf(given: Env): ReturnType<typeof readActionSettings> {
  const read = readActionSettings(given);
  const problems = [...(read.kind === 'faulty' ? read.problems : []), ...linkProblems(given)];
  return read.kind === 'nothing' || problems.length === 0 ? read : { kind: 'faulty', problems };
}

log.mask(secrets);
const read = settingsOf(env);
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
