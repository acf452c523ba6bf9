import type { PlanHost } from '../plan/types.ts';
import { fingerprint, keyType } from './host-key.ts';
import { Link } from './link.ts';
import type { HostsOptions } from './options.ts';
import { defaults } from './options.ts';

/** A host's public key as it shows it to anybody. */
export interface HostKey {
  readonly type: string;
  readonly key: Buffer;
  /** `SHA256:…`, what a person compares. */
  readonly fingerprint: string;
}

/**
 * Asks a host for its key without logging in to it; a jump host on the way is logged in to, so must be known already.
 * @throws CannotConnect
 */
export async function fetchHostKey(host: PlanHost, options: HostsOptions = {}): Promise<HostKey> {
  const settings = defaults(options);
  const via = host.via === undefined ? undefined : new Link(host.via, settings, undefined);
  try {
    const key = await new Link(host, settings, via).showKey();
    return { type: keyType(key) ?? 'unknown', key, fingerprint: fingerprint(key) };
  } finally {
    await via?.end();
  }
}
