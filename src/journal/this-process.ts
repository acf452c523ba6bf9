import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Who holds a claim: enough to tell later, from the same machine, whether it lives. */
export const holderSchema = z.object({
  worker: z.string(),
  /** Set once it was given back. */
  released: z.boolean(),
  /** Name and id of the machine. */
  machine: z.string(),
  boot: z.string(),
  /** Process ids mean something in one namespace only (containers). */
  pids: z.string(),
  pid: z.number().int(),
  /** A pid is used again after a while; with its start time it is not. */
  started: z.string(),
  since: z.string(),
});

export type Holder = z.infer<typeof holderSchema>;

/** This process as the holder of a claim. */
export function thisProcess(worker: string, since: string): Holder {
  return { worker, released: false, ...here(), pid: process.pid, started: startOf(process.pid) ?? '', since };
}

function here(): Pick<Holder, 'machine' | 'boot' | 'pids'> {
  const id = read(() => readFileSync('/etc/machine-id', 'utf8').trim()) ?? '';
  return {
    machine: id === '' ? hostname() : `${hostname()} (${id})`,
    boot: read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
    pids: read(() => readlinkSync('/proc/self/ns/pid')) ?? '',
  };
}

/** Whether a holder lives. `elsewhere`: it can't be told from here. */
export function fate(holder: Holder): 'alive' | 'dead' | 'elsewhere' {
  const { machine, boot, pids } = here();
  if (holder.machine !== machine) return 'elsewhere';
  if (holder.boot !== boot) return 'dead';
  if (holder.pids !== pids) return 'elsewhere';
  const started = startOf(holder.pid);
  return started !== undefined && started === holder.started ? 'alive' : 'dead';
}

/** When a process began, in its machine's own count (field 22 of its `stat`); undefined where there is none such. */
function startOf(pid: number): string | undefined {
  const stat = read(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  if (stat === undefined) return process.platform === 'linux' ? undefined : answers(pid);
  // Its second field, the program's name, may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie writes nothing any more.
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** Where there is no /proc: whether there is such a process at all. */
function answers(pid: number): string | undefined {
  return read(() => {
    process.kill(pid, 0);
    return '';
  });
}

function read<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
