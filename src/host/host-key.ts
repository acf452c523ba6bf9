import { createHash } from 'node:crypto';

/** Key types we accept, best first, with the algorithms by which a host proves that it holds one. */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

export type KeyType = keyof typeof ALGORITHMS;
export type ProofAlgorithm = (typeof ALGORITHMS)[KeyType][number];

export const KEY_TYPES: readonly KeyType[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

/** As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key's own bytes begin with, or undefined for one we do not know. */
export function keyType(key: Buffer): KeyType | undefined {
  if (key.length < 4) return undefined;
  const name = key.toString('latin1', 4, 4 + key.readUInt32BE(0));
  return KEY_TYPES.find((type) => type === name);
}

export function proofsOf(types: readonly KeyType[]): ProofAlgorithm[] {
  return types.flatMap((type) => [...ALGORITHMS[type]]);
}
