import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import type { Json } from '../language/types.ts';
import type { Plan } from './types.ts';

/** A file that a plan was made from, as it stands at the plan's commit. */
export interface PlanFile {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
}

/**
 * RFC 8785 canonical JSON: the same data gives the same text, whatever the order of its keys.
 * @throws Error where JSON has no words for the data: a number that is not finite, half a surrogate pair, nothing at all.
 */
export function canonicalJson(data: unknown): string {
  const text = canonicalize(data);
  if (text === undefined) throw new Error('There is no JSON for undefined, a function or a symbol.');
  return text;
}

/** Hex SHA-256 of the data's canonical JSON. */
export const digestOf = (data: unknown): string => createHash('sha256').update(canonicalJson(data)).digest('hex');

/** What a rehearsal proves: the procedure's files, wherever they stand in history, and the params. */
export const procedureDigest = (files: readonly PlanFile[], params: Readonly<Record<string, Json>>): string =>
  digestOf({
    files: files.map(({ path, sha256 }) => [path, sha256]).sort(([a = ''], [b = '']) => (a < b ? -1 : Number(a > b))),
    params,
  });

/**
 * What an approval names: all of the plan but this digest itself. The commit is left out: another one with the same files, hosts and
 * values would do the same.
 */
export function planDigest(plan: Omit<Plan, 'plan_digest'> & Partial<Pick<Plan, 'plan_digest'>>): string {
  const { commit: _commit, plan_digest: _digest, ...decisive } = plan;
  return digestOf(decisive);
}
