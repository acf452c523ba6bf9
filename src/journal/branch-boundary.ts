import { z } from 'zod';
import { wordSchema } from './by-hand.ts';
import { issueSchema } from './issue-schema.ts';
import { noteSchema } from './names.ts';

/** What the small files of the journal's branch hold. Anybody who may write there could have written them. */
const workflowRun = z.object({ id: z.string(), attempt: z.number().int() });

export const claimSchema = z.object({
  worker: z.string(),
  by: workflowRun,
  since: z.string(),
  epoch: z.number().int().positive(),
  /** A worker has died with the run. */
  left: z.boolean(),
  released: z.boolean(),
  /** So that no two claims are the same file. */
  nonce: z.string(),
});
export type BranchClaim = z.infer<typeof claimSchema>;

export const nameSchema = z.object({ run: z.string(), note: noteSchema });

export const waiterSchema = z.object({
  run: z.string(),
  note: noteSchema,
  /** When it was last heard of. */
  at: z.string(),
});

export const handSchema = wordSchema;

export const acceptedSchema = z.object({
  key: z.string(),
  where: issueSchema,
  by: workflowRun,
  worker: z.string(),
  at: z.string(),
  nonce: z.string(),
  answer: z.object({ body: z.string(), about: z.string().exactOptional() }).exactOptional(),
});

/** A file's content. @throws where it is something else, what to do */
export function readAs<T>(schema: z.ZodType<T>, text: string, path: string, branch: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error(
      `${path} on ${branch} is not as Changeover wrote it. Look who changed it, and put it back as it was.`,
    );
  }
}
