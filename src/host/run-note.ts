import { z } from 'zod';
import type { RunNote } from '../run/types.ts';

const actor = z.union([
  z.object({ kind: z.literal('github'), id: z.number(), login: z.string(), right: z.string() }),
  z.object({ kind: z.literal('terminal'), user: z.string() }),
]);

const where = z.union([
  z.object({
    kind: z.literal('issue'),
    owner: z.string(),
    repo: z.string(),
    issue: z.number(),
    comment: z.number(),
    speaker: z.union([z.object({ app: z.number() }), z.object({ login: z.string() })]).exactOptional(),
  }),
  z.object({ kind: z.literal('terminal') }),
]);

const instant = z.iso.datetime({ precision: 3 });

const schema = z.object({
  verb: z.string(),
  system: z.string(),
  plan_digest: z.string(),
  procedure_digest: z.string(),
  commit: z.string().nullable(),
  by: actor,
  where,
  at: instant,
  on_failure: z.enum(['prompt', 'rollback', 'abort']).exactOptional(),
  rehearsed: z.object({ environment: z.string(), run: z.string(), at: instant }).exactOptional(),
  approvals: z.array(z.object({ by: actor, at: instant, digest: z.string(), comment: z.number().exactOptional() })),
});

/** Reads what a lock left on a host of its run. Whoever can write there could have written it, so it is looked at as any input. */
export function readRunNote(line: string): RunNote | 'unreadable' {
  try {
    const read = schema.safeParse(JSON.parse(line));
    return read.success ? read.data : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
