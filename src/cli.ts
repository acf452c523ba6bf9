import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from './engine/system-clock.ts';
import { createHosts } from './host/hosts.ts';
import { logDigest } from './host/log-digest.ts';
import { createLogs } from './host/logs.ts';
import { linkProblems } from './host/options.ts';
import { quote } from './host/quote.ts';
import { createSecrets } from './host/secrets.ts';
import { showKey } from './host/show-key.ts';
import { createFileJournal } from './journal/file.ts';
import { checkFile } from './journal/run-file.ts';
import { checkRun } from './terminal/check-run.ts';
import { EXIT, type ExitCode } from './terminal/exit-codes.ts';
import { folderSource } from './terminal/folder-source.ts';
import { openSession } from './terminal/open-session.ts';
import { type Programs, runCommandLine } from './terminal/program.ts';
import { workerName } from './terminal/worker-name.ts';

const logsFolder = (journal: string): string => join(journal, 'logs');

/**
 * Runs another bundle that stands beside this one, hands our signals on to it, and waits for its end. It has a process
 * group of its own: else a terminal's Ctrl+C would reach it twice, and the second time means "at once".
 */
async function runBeside(bundle: string, ...words: readonly string[]): Promise<ExitCode> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(bundle, import.meta.url)), ...words], {
    stdio: 'inherit',
    detached: true,
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    });
  }
  const code = await new Promise<number>((resolve) => {
    child.once('exit', (status) => {
      resolve(status ?? 1);
    });
  });
  return code === 0 ? 0 : code === 2 ? 2 : 1;
}

/** A word as it is typed in a shell. */
const typed = (word: string): string => (/^[\w./=-]+$/.test(word) ? word : quote(word));

function tellWait(seconds: number): void {
  process.stderr.write(`GitHub asks to be left alone for ${String(seconds)} seconds; that is waited for.\n`);
}

const version =
  /"version": "([^"]+)"/.exec(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))?.[1] ?? '';

/** The command line, once what its environment sets has been found to make sense. */
async function start(words: readonly string[], programs: Programs): Promise<ExitCode> {
  const problems = linkProblems(process.env);
  if (problems.length === 0) return runCommandLine(words, programs, version);
  process.stderr.write(['changeover: set', ...problems].join('\n  ') + '\n');
  return EXIT.invalid;
}

process.exitCode = await start(process.argv.slice(2), {
  open: (options) => {
    const hosts = createHosts();
    const journal = createFileJournal(options.journal, {
      clock: systemClock,
      worker: workerName(),
    });
    const logs = createLogs(logsFolder(options.journal));
    const secrets = createSecrets(process.env);
    const source = folderSource(options.procedures, options.inventory);
    return openSession(options, { hosts, journal, logs, secrets, source, clock: systemClock });
  },
  showKey: (host) => showKey(host),
  check: (options, target, hosts) => {
    const isFile = existsSync(target);
    const path = isFile ? target : join(options.journal, 'runs', `${target}.jsonl`);
    return checkRun({
      checkFile: () => checkFile(path),
      digestOf: (run, job) => logDigest(logsFolder(options.journal), run, job),
      hosts: isFile ? undefined : hosts,
      // Only here, as no other command has a use for GitHub's client.
      thread: async (state) =>
        (await import('./github/read-thread.ts')).readThread(state, process.env, systemClock, { waits: tellWait }),
      clock: systemClock,
    });
  },
  serve: () => runBeside('./server.js'),
  setUp: async (asked) => {
    const [{ setUp }, { wordIn }, { toldToStop }] = await Promise.all([
      import('./github/setup.ts'),
      import('./github/settings.ts'),
      import('./github/told-to-stop.ts'),
    ]);
    return setUp({
      ...asked,
      apiUrl: wordIn(process.env, 'GITHUB_API_URL'),
      manifest: readFileSync(new URL('../app.yml', import.meta.url), 'utf8'),
      serve: ['node', `--env-file=${asked.file}`, relative('.', fileURLToPath(import.meta.url)), 'serve']
        .map(typed)
        .join(' '),
      say: (text) => process.stdout.write(`${text}\n`),
      complain: (text) => process.stderr.write(`${text}\n`),
      told: toldToStop(),
    });
  },
  playground: (port) => runBeside('./playground.js', '--port', String(port)),
}).catch((error: unknown) => {
  process.stderr.write(`changeover: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
