import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunEvent } from '../../src/run/types.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
/** Nothing that the tests do takes as long; what does is killed and fails its test. */
const LONGEST_MS = 90_000;

/** How a `changeover` process ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A `changeover` process at work. */
export interface Begun {
  readonly pid: number;
  /** What it has written so far, both streams together. */
  said(): string;
  /** Resolves once it has written that. */
  says(text: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  type(line: string): void;
  readonly ended: Promise<Ended>;
}

/** Where an operator works: procedures, an inventory, a journal and a home of their own, and the built command line. */
export interface Workplace {
  readonly folder: string;
  readonly journal: string;
  /** Writes `procedures/<name>.yml`. */
  procedure(name: string, text: string): void;
  /** Writes any other file of the repository. */
  file(path: string, text: string): void;
  /** Writes inventory.yml: hosts by their names, or the file's text. */
  inventory(
    hosts: string | Readonly<Record<string, unknown>>,
    groups?: Readonly<Record<string, readonly string[]>>,
  ): void;
  /** Another operator with a home and journal of their own, and the same files. */
  other(): Workplace;
  changeover(...words: readonly string[]): Promise<Ended>;
  /** With more variables, or with `undefined` without some. */
  changeoverWith(env: Readonly<Record<string, string | undefined>>, ...words: readonly string[]): Promise<Ended>;
  begin(...words: readonly string[]): Begun;
  /** With more variables. */
  beginWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Begun;
  /** The same at a terminal (util-linux `script`), which is `columns` wide. */
  beginAtTerminal(columns: number, ...words: readonly string[]): Begun;
  /** Ids of the runs in the journal, oldest first. */
  runs(): readonly string[];
  /** A run's events as they stand in the journal; by default those of the newest. */
  events(run?: string): readonly RunEvent[];
  journalFile(run?: string): string;
  /** Kills what still runs and removes everything. */
  remove(): void;
}

/** @param longestMs what is begun and takes longer is killed */
export function makeWorkplace(shared?: string, longestMs = LONGEST_MS): Workplace {
  if (!existsSync(CLI)) throw new Error('dist/cli.js is not there; build it first: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'changeover-work-'));
  const files = shared ?? folder;
  const journal = join(folder, 'journal');
  const running = new Set<ChildProcess>();
  const others: Workplace[] = [];
  mkdirSync(join(files, 'procedures'), { recursive: true });

  const options = [
    '--procedures',
    join(files, 'procedures'),
    '--inventory',
    join(files, 'inventory.yml'),
    '--journal',
    journal,
  ];

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(files, path)), { recursive: true });
    writeFileSync(join(files, path), text);
  }

  function start(
    command: readonly string[],
    more: Readonly<Record<string, string | undefined>> = {},
    patience = LONGEST_MS,
  ): Begun {
    const [program = '', ...words] = command;
    // Nothing of whoever runs the tests: no agent, no known hosts, no colours.
    const env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', ...more };
    const child = spawn(program, words, { cwd: files, env, stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(child);
    return follow(child, patience, () => running.delete(child));
  }

  const runs = (): readonly string[] => {
    const names = existsSync(join(journal, 'runs')) ? readdirSync(join(journal, 'runs')) : [];
    const ids = names.filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length));
    return ids.sort((a, b) => firstAt(a).localeCompare(firstAt(b)));
  };
  /** By its whole lines only: a process may be writing just now. It is asked for all the time, and does not change. */
  const firstAt = (run: string): string => {
    const known = began.get(run);
    if (known !== undefined) return known;
    const text = readFileSync(journalFile(run), 'utf8');
    const at = eventsIn(text.slice(0, text.indexOf('\n') + 1))[0]?.at;
    if (at !== undefined) began.set(run, at);
    return at ?? '';
  };
  const began = new Map<string, string>();
  const journalFile = (run = runs().at(-1) ?? ''): string => join(journal, 'runs', `${run}.jsonl`);
  const workplace: Workplace = {
    folder,
    journal,
    procedure: (name, text) => {
      put(`procedures/${name}.yml`, text);
    },
    file: put,
    inventory: (hosts, groups) => {
      put('inventory.yml', typeof hosts === 'string' ? hosts : JSON.stringify({ hosts, ...(groups && { groups }) }));
    },
    other: () => {
      const made = makeWorkplace(files);
      others.push(made);
      return made;
    },
    changeover: (...words) => start([process.execPath, CLI, ...options, ...words]).ended,
    changeoverWith: (env, ...words) => start([process.execPath, CLI, ...options, ...words], env).ended,
    begin: (...words) => start([process.execPath, CLI, ...options, ...words], {}, longestMs),
    beginWith: (env, ...words) => start([process.execPath, CLI, ...options, ...words], env, longestMs),
    beginAtTerminal: (columns, ...words) => {
      const command = [process.execPath, CLI, ...options, ...words].map(quoted).join(' ');
      return start(['script', '-qefc', `stty cols ${String(columns)} -echo; exec ${command}`, '/dev/null'], {
        TERM: 'xterm',
      });
    },
    runs,
    events: (run) => eventsIn(readFileSync(journalFile(run), 'utf8')),
    journalFile,
    remove: () => {
      for (const child of running) child.kill('SIGKILL');
      for (const each of others) each.remove();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return workplace;
}

function follow(child: ChildProcess, patience: number, over: () => void): Begun {
  const written = { out: '', err: '' };
  let look = (): void => undefined;
  child.stdin?.on('error', () => undefined);
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      look();
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      over();
      look();
      resolve({ code, ...written });
    });
  });
  const said = (): string => written.out + written.err;
  return {
    pid: child.pid ?? 0,
    said,
    says: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (typeof text === 'string' ? said().includes(text) : text.test(said())) resolve();
          else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`it ended without saying ${String(text)}, but: ${said()}`));
          }
        };
        look();
      }),
    kill: (signal) => {
      child.kill(signal);
    },
    type: (line) => {
      child.stdin?.write(`${line}\n`);
    },
    ended,
  };
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The events of JSON lines; a line that is none fails the test. */
export function eventsIn(lines: string): readonly RunEvent[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);
}

/** Waits until it holds, for at most forty seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1600; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`it did not come about within forty seconds: ${holds.toString()}`);
}
