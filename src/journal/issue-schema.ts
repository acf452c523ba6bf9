import { z } from 'zod';

/** An issue as a file of the journal names it, with the comment by which something was said there. */
export const issueSchema = z.object({
  kind: z.literal('issue'),
  owner: z.string(),
  repo: z.string(),
  issue: z.number(),
  comment: z.number(),
  link: z.string().exactOptional(),
});
