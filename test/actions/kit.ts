import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { actionNamed } from '../../src/actions/index.ts';
import type { JobWork } from '../../src/actions/types.ts';
import { toEnv } from '../../src/language/expressions.ts';
import type { Json, Value } from '../../src/language/types.ts';
import { findProgram } from '../support/needs.ts';
import { spawnSync } from '../support/run-sync.ts';

export type Phase = 'probe' | 'keep' | 'apply' | 'undo';
export interface Ended {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for what the scripts change (`here`), and beside it `before`, as the job kit gives it. */
export interface Bench {
  readonly here: string;
  readonly before: string;
  readonly shell: string;
  /** Runs the undo of what is known to have been applied. */
  undoApplied(input: Json): Ended;
  /** Runs one script of the action as the job kit would. `dieAt`: everything is killed instead of that program's start. */
  run(phase: Phase, input: Json, dieAt?: number): Ended;
  /** A dry run's look: the probe without a job around it. */
  look(input: Json): Ended;
  /** How many programs the last run started. */
  started(): number;
  /** The units of the stand-in systemctl. */
  readonly units: string;
  /** All that stands in `here`, and the states of the units, in comparable words. */
  tree(): Readonly<Record<string, string>>;
  remove(): void;
}

const STAND_INS = join(import.meta.dirname, 'stand-ins');

/** @param action its name. */
export function bench(action: string, shell = 'dash'): Bench {
  const root = mkdtempSync(join(tmpdir(), 'changeover-actions-'));
  const [here, before, units] = ['here', 'before', 'units'].map((name) => {
    mkdirSync(join(root, name), { mode: 0o700 });
    return join(root, name);
  });
  if (here === undefined || before === undefined || units === undefined) throw new Error('never');
  const count = join(root, 'count');
  const start = (
    phase: Phase,
    input: Json,
    job: boolean,
    dieAt: number,
    more: Readonly<Record<string, string>> = {},
  ): Ended => {
    const work = workOf(action, input);
    const script = work[phase];
    if (script === undefined) throw new Error(`${action} has no ${phase}`);
    writeFileSync(count, '');
    const env = {
      PATH: [...(dieAt === 0 ? [] : [deadlyFolder()]), STAND_INS, process.env['PATH'] ?? ''].join(':'),
      UNITS: units,
      COUNT: count,
      DIE_AT: String(dieAt),
      ...(job ? { CO_BEFORE: before } : {}),
      ...envOf(work),
      ...more,
    };
    const stdin = (phase === 'apply' ? stdinOf(work) : undefined) ?? '';
    // Bash reads its start-up file where its standard input is a socket, as it is here.
    const args = [shell, ...(shell === 'bash' ? ['--norc'] : []), '-eu', '-c', script.text];
    const ended = spawnSync('setsid', args, { cwd: here, env, input: stdin });
    return { code: ended.status, stdout: ended.stdout.toString(), stderr: ended.stderr.toString() };
  };
  return {
    here,
    before,
    units,
    shell,
    run: (phase, input, dieAt = 0) => start(phase, input, true, dieAt),
    undoApplied: (input) => start('undo', input, true, 0, { CO_APPLIED: 'yes' }),
    look: (input) => start('probe', input, false, 0),
    started: () => readFileSync(count, 'utf8').length,
    tree: () => ({ ...treeOf(here), ...wordsOf(units) }),
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The files that stand beside the procedure of these tests. */
export const BESIDE: Readonly<Record<string, string>> = {
  'files/app.conf': '# ${{ params.x }} stays as it is: "$x"\nport = 80\n',
};

export function workOf(action: string, input: Json): JobWork {
  const work = actionNamed(action)?.work(input, {
    timeoutMs: 60_000,
    read: (name) => BESIDE[name] ?? '',
    named: () => [],
    fault: () => undefined,
  });
  if (work?.kind !== 'job') throw new Error(`${action} is no job`);
  return work;
}

/** The resolved environment; nothing in these tests needs a host to be known. */
export function envOf(work: JobWork): Readonly<Record<string, string>> {
  const env = Object.fromEntries(Object.entries(work.env).map(([name, value]) => [name, textOf(value)]));
  return work.stdin === undefined
    ? env
    : { ...env, CO_STDIN_SHA256: createHash('sha256').update(textOf(work.stdin)).digest('hex') };
}

export const stdinOf = (work: JobWork): string | undefined =>
  work.stdin === undefined ? undefined : textOf(work.stdin);

const textOf = (value: Value): string => ('lit' in value ? toEnv(value.lit) : value.expr);

/** Every program that the scripts start, so that each start can be the moment at which everything dies. */
const PROGRAMS =
  'mv cp rm rmdir mkdir chmod chown chgrp ln cat stat touch sha256sum cut ls base64 readlink du timeout systemctl head tail tr wc grep rsync find sort mktemp';

let deadly: string | undefined;
afterAll(() => {
  if (deadly !== undefined) rmSync(deadly, { recursive: true, force: true });
});

/**
 * A folder of shims that count, and kill their whole session when it is time. Programs of one pipeline start at once: each
 * adds a mark that no other can overwrite, and whoever sees enough of them kills.
 */
function deadlyFolder(): string {
  if (deadly !== undefined) return deadly;
  const folder = mkdtempSync(join(tmpdir(), 'changeover-actions-deadly-'));
  deadly = folder;
  for (const name of PROGRAMS.split(' ')) {
    const real = name === 'systemctl' ? join(STAND_INS, name) : findProgram(name);
    if (real === undefined) throw new Error(`${name} is not on this machine`);
    const text = `#!/bin/sh
printf . >>"$COUNT"
read -r n <"$COUNT" || :
if [ "\${#n}" -ge "$DIE_AT" ]; then kill -9 0; fi
exec ${real} "$@"
`;
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const wordsOf = (units: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['active', 'enabled'].flatMap((word) =>
      readdirSync(units).map((unit) => [`${unit} ${word}`, readFileSync(join(units, unit, word), 'utf8')]),
    ),
  );

function treeOf(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    const meta = `${(stat.mode & 0o7777).toString(8)} ${stat.uid} ${stat.gid}`;
    if (stat.isSymbolicLink()) found[name] = `link ${readlinkSync(path)}`;
    else if (stat.isDirectory()) found[name] = `folder ${meta}`;
    else found[name] = `file ${meta} ${stat.mtime.toISOString()} ${readFileSync(path, 'base64')}`;
  }
  return found;
}
