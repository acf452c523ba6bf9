import { join } from 'node:path';
import { makeKeyPair } from './local-hosts/keys.ts';
import { introduce, seedBox } from './local-hosts/seed-nbhosting.ts';
import { seedPryv } from './local-hosts/seed-pryv.ts';
import { startLocalHost, type LocalHost } from './local-hosts/start-local-host.ts';

/** The playground's groups, as in its inventory. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = { nbhosting: ['thurst', 'thermals'] };

export interface StandIns {
  readonly pryv: LocalHost;
  /** The two of nbhosting. */
  readonly boxes: readonly LocalHost[];
}

/** Starts Pryv's host and the nbhosting boxes below a folder; `started` is told of each at once, so that it ends too. */
export async function startHosts(folder: string, started: (host: LocalHost) => void): Promise<StandIns> {
  const pryv = await startLocalHost({ name: 'pryv', folder: join(folder, 'pryv'), seed: seedPryv });
  started(pryv);
  // One key, by which the boxes let each other in as well.
  const clientKey = makeKeyPair('changeover-playground');
  const box = async (name: string, other: string, function_: 'production' | 'development'): Promise<LocalHost> => {
    const pair = { network: join(folder, 'network'), otherData: join(folder, other, 'nbhosting') };
    const seed = seedBox(function_, pair);
    const host = await startLocalHost({ name, folder: join(folder, name), seed, clientKey, restarts: true });
    started(host);
    return host;
  };
  const boxes = [await box('thurst', 'thermals', 'production'), await box('thermals', 'thurst', 'development')];
  const known = boxes.map(({ knownHost }) => `${knownHost}\n`).join('');
  for (const { folder: own } of boxes) await introduce(own, clientKey.privateKey, known);
  return { pryv, boxes };
}
