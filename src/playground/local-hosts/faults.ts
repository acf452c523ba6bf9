import { rm, readdir } from 'node:fs/promises';
import { put } from './host-folder.ts';
import { join } from 'node:path';

/** What can be made to go wrong on a local host. A switch is a file below `faults/` that the stand-ins look at. */
export const FAULTS = [
  { name: 'mongorestore-fails', lasts: 'once', description: 'the next mongorestore fails after its first collection' },
  { name: 'mongodump-fails', lasts: 'until off', description: 'mongodump fails in the middle and leaves half a dump' },
  { name: 'mongo-not-ready', lasts: 'until off', description: 'the new version’s mongodb starts but never answers' },
  { name: 'redis-merge-fails', lasts: 'once', description: 'the next redis-cli that adds keys loses its server' },
  { name: 'core-unhealthy', lasts: 'until off', description: 'the new version’s core starts but never answers' },
  {
    name: 'command-hangs',
    lasts: 'once',
    description: 'the next docker start, stop or exec, docker-compose or rsync hangs',
  },
  { name: 'sudo-refused', lasts: 'until off', description: 'sudo asks for a password' },
  { name: 'host-down', lasts: 'until off', description: 'the host drops every connection and refuses new ones' },
] as const;

export type FaultName = (typeof FAULTS)[number]['name'];

export interface Fault {
  readonly name: FaultName;
  readonly lasts: 'once' | 'until off';
  readonly description: string;
  readonly on: boolean;
}

/** All faults, and which are on now: one that strikes once is off again after it struck. */
export async function readFaults(folder: string): Promise<readonly Fault[]> {
  const on = await readdir(join(folder, 'faults'));
  return FAULTS.map((fault) => ({ ...fault, on: on.includes(fault.name) }));
}

export async function writeFault(folder: string, name: FaultName, on: boolean): Promise<void> {
  if (on) await put(folder, `faults/${name}`, '');
  else await rm(join(folder, 'faults', name), { force: true });
}

/** Makes the next stand-in command fail whose line (`docker stop pryvio_core`) contains `text`; once. */
export async function writeCommandFault(folder: string, text: string): Promise<void> {
  await put(folder, 'faults/command-fails', text);
}
