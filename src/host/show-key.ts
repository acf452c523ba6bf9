import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PlanHost } from '../plan/types.ts';
import { wordsOf } from './faults.ts';
import { knownHostsLine, knownKeys } from './known-hosts.ts';
import { defaults, type HostsOptions } from './options.ts';
import { fetchHostKey } from './trust.ts';

/** A host's key as it shows it now. `known`: the inventory or known_hosts has it already. */
export type ShownKey =
  | { readonly kind: 'shown'; readonly fingerprint: string; readonly remember: () => Promise<string> }
  | { readonly kind: 'known'; readonly fingerprint: string }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Asks a host for its key; `remember` adds it to known_hosts and says which file that is. */
export async function showKey(host: PlanHost, options: HostsOptions = {}): Promise<ShownKey> {
  const { knownHosts } = defaults(options);
  try {
    const { key, fingerprint } = await fetchHostKey(host, options);
    const file = await readFile(knownHosts, 'utf8').catch(() => '');
    const known = knownKeys(file, host.address, host.port).keys.some((each) => each.equals(key));
    if (known || host.hostKey === fingerprint) return { kind: 'known', fingerprint };
    const remember = async (): Promise<string> => {
      await mkdir(dirname(knownHosts), { recursive: true, mode: 0o700 });
      const gap = file === '' || file.endsWith('\n') ? '' : '\n';
      await appendFile(knownHosts, `${gap}${knownHostsLine(host, key)}\n`, { mode: 0o600 });
      return knownHosts;
    };
    return { kind: 'shown', fingerprint, remember };
  } catch (error) {
    return { kind: 'unreachable', why: wordsOf(error) };
  }
}
