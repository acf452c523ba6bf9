import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { expect } from '@jest/globals';
import type { Machine } from '../machine.ts';

/** A thread without what differs from one run of the tests to the next: ids, times, ports, digests, folders. */
export function normalised(
  text: string,
  machine: { readonly folder: Machine['folder']; readonly sshd: Pick<Machine['sshd'], 'port'> },
): string {
  const runs = [...new Set(text.match(/\b\d{8}-[0-9a-hjkmnp-tv-z]{4}\b/g))];
  return runs
    .reduce((all, run, index) => all.replaceAll(run, `20261122-run${String(index + 1)}`), text)
    .replaceAll(machine.folder, '/stand-in')
    .replaceAll(`127.0.0.1:${String(machine.sshd.port)}`, '127.0.0.1:22')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST')
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'COMMIT')
    .replaceAll(/plan `[0-9a-f]{8}`/g, 'plan `PLAN`')
    .replaceAll(/reply=\d+/g, 'reply=COMMENT')
    .replaceAll(/\b\d{4}-\d\d-\d\d (?=\d\d:\d\d:\d\d)/g, '2026-11-22 ')
    .replaceAll(/\b\d\d:\d\d:\d\d UTC/g, '06:00:00 UTC')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-22T06:00:00.000Z')
    .replaceAll(/\b(?:\d+ ms|\d+\.\d s|\d+ min \d\d s)(?![\w])/g, '1.0 s')
    .replaceAll(/, \d{10}, \d{10}$/gm, ', 1795327200, 1795327201')
    .replaceAll(/\b\d+ kB (free|needed)/g, '1000 kB $1')
    .replaceAll(/Recorded as \d+ events/g, 'Recorded as 100 events')
    .replaceAll(new RegExp(`\\b${userInfo().username}@`, 'g'), 'ops@');
}

/** Compares with a file that people have read; with UPDATE_GOLDEN=1 it is written anew, to be read again. */
export function expectGolden(name: string, text: string): void {
  const file = new URL(`../golden/${name}`, import.meta.url);
  const written = text.endsWith('\n') ? text : `${text}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, written);
  expect(written).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '(there is no such file yet)');
}
