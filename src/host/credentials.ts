import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { PlanHost } from '../plan/types.ts';
import { CannotConnect, wordsOf } from './faults.ts';

export type Credentials = { readonly privateKey: string } | { readonly agent: string };

/**
 * How to log in: the host's key file, else the key in CHANGEOVER_SSH_KEY, else the agent.
 * @throws CannotConnect saying what is missing
 */
export async function credentials(
  host: Pick<PlanHost, 'name' | 'key'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials> {
  if (host.key !== undefined) {
    const path = host.key.replace(/^~(?=\/)/, homedir());
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new CannotConnect(
        `${host.name}: its key ${path} cannot be read (${wordsOf(error)}); correct \`key\` in the inventory`,
        true,
      );
    });
    return checked(text, `${host.name}: its key ${path}`);
  }
  const text = env['CHANGEOVER_SSH_KEY'];
  if (text !== undefined && text.trim() !== '') return checked(`${text.trim()}\n`, 'the key in CHANGEOVER_SSH_KEY');
  const agent = env['SSH_AUTH_SOCK'];
  if (agent !== undefined && agent !== '') return { agent };
  throw new CannotConnect(
    `${host.name}: no key to log in with; give \`key\` in the inventory (for example ${join('~', '.ssh', 'id_ed25519')}), the key's text in CHANGEOVER_SSH_KEY, or start an agent (SSH_AUTH_SOCK)`,
    true,
  );
}

function checked(text: string, whose: string): Credentials {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    const hint = /passphrase|encrypted/i.test(parsed.message)
      ? 'load it into an agent (ssh-add) and leave `key` out'
      : 'give an OpenSSH private key';
    throw new CannotConnect(`${whose} cannot be used (${parsed.message}); ${hint}`, true);
  }
  return { privateKey: text };
}
