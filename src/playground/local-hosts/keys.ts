import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

export interface KeyPair {
  /** OpenSSH private key, as a key file holds it. */
  readonly privateKey: string;
  /** The public key as it travels on the wire. */
  readonly publicKey: Buffer;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Makes an ed25519 key pair. About one in two hundred that ssh2 generates cannot be read back: those are thrown away. */
export function makeKeyPair(comment: string): KeyPair {
  for (let tries = 0; tries < 20; tries += 1) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    const secret = ssh2.utils.parseKey(made.private);
    const open = ssh2.utils.parseKey(made.public);
    if (secret instanceof Error || open instanceof Error) continue;
    const publicKey = open.getPublicSSH();
    if (!secret.getPublicSSH().equals(publicKey)) continue;
    return { privateKey: made.private, publicKey, fingerprint: fingerprint(publicKey) };
  }
  throw new Error('ssh2 made no readable ed25519 key in 20 tries: start again');
}

function fingerprint(publicKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}
