import { randomBytes } from 'node:crypto';
import type { JobKey, JobOrder, RunId } from '../run/types.ts';
import { encodeName, printing, quote } from './quote.ts';
import {
  compound,
  environmentTrouble,
  fileWith,
  folderPath,
  keepCompound,
  secretEntering,
  userTrouble,
} from './script-text.ts';

/** The most bytes a host sends of a stream in one answer; what bounds our memory. */
export const MOST_BYTES = 2 ** 21;
/** A file name's length on every Linux file system. */
const LONGEST_NAME = 255;

/** Names of one request of a job. */
export interface JobPlace {
  readonly run: string;
  readonly task: string;
  readonly job: string;
}

export function placeOf(run: RunId, job: JobKey): JobPlace {
  const task = [job.host, job.step, job.item].map(encodeName).join('/');
  return { run: encodeName(run), task, job: `${job.phase}.${job.attempt}` };
}

/** A job's folder below its run's. */
export const pathOf = ({ task, job }: JobPlace): string => `${task}/${job}`;

/** Why this order can never be carried out, in words, or undefined. */
export function orderTrouble(order: JobOrder): string | undefined {
  const names = [order.run, order.job.host, order.job.step, order.job.item];
  const long = names.find((name) => encodeName(name).length > LONGEST_NAME);
  if (long !== undefined) return `the name "${long.slice(0, 40)}…" is too long for a folder on the host; shorten it`;
  for (const script of [order.probe, order.keep, order.apply, order.verify]) {
    if (script?.text.includes('\0') === true) return 'a script holds a NUL byte, which no shell can read';
  }
  if (order.chdir?.includes('\0') === true) return 'chdir holds a NUL byte, which no folder name can';
  return environmentTrouble({ ...order.env, ...order.secrets }) ?? userTrouble(order.becomeUser);
}

/**
 * The request that starts the job or attaches to it.
 * @param user whom to become by sudo; empty: the login user.
 */
export function startRequest(order: JobOrder, user: string, graceMs: number, seen: Offsets): string {
  const place = placeOf(order.run, order.job);
  const nonce = newNonce();
  const ownedTop = user === '' || user === 'root' ? undefined : `/var/tmp/changeover-${place.run}-${user}`;
  const file = (phase: string, shell: string): string => `$co_in.${phase}.${shell}`;
  const puts = [
    ...(order.probe ? [fileWith(file('probe', order.probe.shell), compound(order.probe, order), undefined)] : []),
    ...(order.keep
      ? [fileWith(file('keep', order.keep.shell), keepCompound(order.keep, order, ownedTop), undefined)]
      : []),
    fileWith(file('apply', order.apply.shell), compound(order.apply, order, order.stdin !== undefined), order.stdin),
    ...(order.verify ? [fileWith(file('verify', order.verify.shell), compound(order.verify, order), undefined)] : []),
  ];
  const words = [
    ...[place.run, place.task, place.job, nonce, String(order.epoch), hundredths(order.timeoutMs)],
    ...[String(order.capBytes), user, hundredths(graceMs)],
    order.chdir === undefined ? '' : folderPath(order.chdir),
    ...[String(seen.out), String(seen.err), String(MOST_BYTES), order.head],
    ...(order.ahead ?? []).map((job) => pathOf(placeOf(order.run, job))),
  ];
  return `${secretly(order.secrets)}co_put() { ${puts.join(' && ')}; }\nco_job ${words.map(quote).join(' ')}\n`;
}

/**
 * What goes to the script's shell before the script: a function of the wrapper's, so that it is in no file and no process
 * list, and, since no function is exported, in no environment but the script's.
 */
function secretly(secrets: JobOrder['secrets']): string {
  if (secrets === undefined) return '';
  return `co_secrets=yes\nco_secret() { ${printing(secretEntering(secrets))}; }\n`;
}

export interface Offsets {
  readonly out: number;
  readonly err: number;
}

export function followRequest({ run, job }: JobOrder, seen: Offsets): string {
  const place = placeOf(run, job);
  return request('co_follow', place.run, place.task, place.job, seen.out, seen.err, MOST_BYTES);
}

export function settleRequest({ run, job, epoch }: JobOrder, seen: Offsets): string {
  const place = placeOf(run, job);
  return request('co_settle', place.run, place.task, place.job, newNonce(), epoch, seen.out, seen.err, MOST_BYTES);
}

export function killRequest(run: RunId, job: JobKey, graceMs: number): string {
  const place = placeOf(run, job);
  return request('co_kill', place.run, place.task, place.job, hundredths(graceMs));
}

/** A request line of the kit, each word quoted. */
export function request(name: string, ...words: readonly (string | number)[]): string {
  return `${name} ${words.map((word) => quote(String(word))).join(' ')}\n`;
}

export function newNonce(): string {
  return randomBytes(8).toString('hex');
}

function hundredths(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 10)));
}
