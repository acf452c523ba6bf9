import type { Json } from '../language/types.ts';
import { millisecondsAt } from '../run/time.ts';
import type { Actor, Instant, RunState } from '../run/types.ts';
import { cleanLine } from './clean.ts';
import { printCommand } from './command.ts';

/** `06:02:11 UTC`; with the day where a reader could not know it. */
export function clock(at: Instant, day?: 'day'): string {
  const time = `${at.slice(11, 19)} UTC`;
  return day === undefined ? time : `${at.slice(0, 10)} ${time}`;
}

/** From one moment to another, in ms; never negative, as two machines' clocks may differ. */
export const between = (from: Instant, to: Instant): number => Math.max(0, millisecondsAt(to) - millisecondsAt(from));

/** A moment as seconds since 1970. */
export const epochSeconds = (at: Instant): number => Math.floor(millisecondsAt(at) / 1000);

/** `120 ms`, `4.2 s`, `3 min 07 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `1.4 MB`; decimal units, as disks are sold. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit] ?? 'TB'}`;
}

/** A person by the name the place gives them. */
export const who = (actor: Actor): string => cleanLine(actor.kind === 'github' ? actor.login : actor.user);

/** GitHub's rule for logins, with the ending of its apps. */
const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}(?:\[bot\])?$/;

/** The one way in which a person is called in the thread on purpose. */
export const mention = (actor: Actor): string | undefined =>
  actor.kind === 'github' && LOGIN.test(actor.login) ? `@${actor.login}` : undefined;

/** A param's value as it is typed. */
export const jsonText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The line that asks for this run, as short as it can be typed. */
export function commandLine(state: Pick<RunState, 'plan'>, flag?: 'dryrun'): string {
  const { verb, system, params, typed, environment } = state.plan;
  const value = (name: string): string => cleanLine(jsonText(params[name] ?? null));
  const positional = typed.positional.map(value);
  const named = Object.fromEntries(typed.named.map((name) => [name, value(name)]));
  const where = environment === undefined ? {} : { environment: environment.name };
  return printCommand({ kind: 'procedure', verb, system, positional, named, ...where, dryrun: flag !== undefined });
}

export const DIGEST_SHOWN = 8;
