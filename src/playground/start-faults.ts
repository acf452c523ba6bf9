import { watch } from 'node:fs';
import { join } from 'node:path';
import { TROUBLES, type TroubleName, type Troubles } from './local-github/troubles.ts';
import { FAULTS, type Fault as HostFault, type FaultName as HostFaultName } from './local-hosts/faults.ts';
import type { LocalHost } from './local-hosts/start-local-host.ts';

export type FaultName = HostFaultName | TroubleName;

/** A switch as the page shows it. */
export type Fault = Omit<HostFault, 'name'> & { readonly name: FaultName; readonly of: 'host' | 'github' };

/** The switches of the host, and of the GitHub before it. */
export interface FaultSwitches {
  readonly all: () => Promise<readonly Fault[]>;
  readonly turn: (name: FaultName, on: boolean) => Promise<void>;
}

/** @param changed is called when one of GitHub's has changed; what changes on the host, `watchFaults` tells. */
export function faultSwitches(
  host: Pick<LocalHost, 'faults' | 'setFault'>,
  troubles: Pick<Troubles, 'now' | 'set'>,
  changed: () => void,
): FaultSwitches {
  const ofGitHub = (): readonly Fault[] =>
    TROUBLES.map((trouble) => ({ ...trouble, lasts: 'until off', on: trouble.name === troubles.now(), of: 'github' }));
  return {
    all: async () => [...(await host.faults()).map((fault) => ({ ...fault, of: 'host' as const })), ...ofGitHub()],
    turn: async (name, on) => {
      const trouble = TROUBLES.find((each) => each.name === name)?.name;
      const fault = FAULTS.find((each) => each.name === name)?.name;
      if (fault !== undefined) await host.setFault(fault, on);
      if (trouble === undefined || on === (troubles.now() === trouble)) return;
      troubles.set(on ? trouble : undefined);
      changed();
    },
  };
}

/** A switch to throw, or why there is none. */
export type Asked =
  | { readonly kind: 'switch'; readonly name: FaultName; readonly on: boolean }
  | { readonly kind: 'wrong'; readonly why: string };

/**
 * Reads what a POST to the fault switches asks for: JSON `{"name": "mongorestore-fails", "on": true}`, or a form of the
 * same fields. The beginning of a name will do where only one begins so.
 */
export function askedFault(body: string, contentType: string | undefined): Asked {
  const fields = /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '')
    ? Object.fromEntries(new URLSearchParams(body))
    : parsed(body);
  const { name, on } = typeof fields === 'object' && fields !== null ? pick(fields) : {};
  if (typeof name !== 'string') return wrong(`"name" is missing. ${known()}`);
  const switched = switchedTo(on);
  if (switched === undefined) return wrong('"on" must be true or false.');
  const [found, other] = candidates(name);
  if (found === undefined) return wrong(`There is no fault "${name}". ${known()}`);
  if (other !== undefined) return wrong(`"${name}" could be ${found} or ${other}: write the whole name.`);
  return { kind: 'switch', name: found, on: switched };
}

/** Calls back when a host's switches have changed, by hand or because a fault struck and is spent. Returns what ends that. */
export function watchFaults({ folder }: Pick<LocalHost, 'folder'>, changed: () => void): () => void {
  const watcher = watch(join(folder, 'faults'), changed);
  // A watcher that fails costs the page one redrawn switch, and no run anything.
  watcher.on('error', () => undefined);
  return () => {
    watcher.close();
  };
}

const wrong = (why: string): Asked => ({ kind: 'wrong', why });
const NAMES: readonly FaultName[] = [...FAULTS, ...TROUBLES].map(({ name }) => name);
const known = (): string => `There are: ${NAMES.join(', ')}.`;

function candidates(word: string): readonly FaultName[] {
  const exact = NAMES.filter((name) => name === word);
  return exact.length > 0 || word === '' ? exact : NAMES.filter((name) => name.startsWith(`${word}-`));
}

function parsed(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return value;
  } catch {
    return undefined;
  }
}

function pick(fields: object): { readonly name?: unknown; readonly on?: unknown } {
  return {
    name: 'name' in fields ? fields.name : undefined,
    on: 'on' in fields ? fields.on : undefined,
  };
}

/** A form's checked box says "on" and an unchecked one nothing; curl users write true or false. */
function switchedTo(on: unknown): boolean | undefined {
  if (on === true || on === 'true' || on === 'on') return true;
  if (on === false || on === 'false' || on === 'off') return false;
  return undefined;
}
