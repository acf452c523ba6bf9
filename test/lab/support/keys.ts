import { readFile } from 'node:fs/promises';
import { must } from './command.ts';

/** A key pair for SSH: `file` and `file.pub`. */
export interface Key {
  /** Its type and the key itself, as known_hosts and authorized_keys write it. */
  readonly publicKey: string;
  /** As an inventory's `host_key` says it. */
  readonly sha256: string;
}

export async function makeKey(file: string): Promise<Key> {
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', file]);
  const [sha256 = ''] = /SHA256:\S+/.exec(await must(['ssh-keygen', '-l', '-f', `${file}.pub`])) ?? [];
  const [type = '', key = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  return { publicKey: `${type} ${key}`, sha256 };
}
