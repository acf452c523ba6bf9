/** `serial`: how many of a step's hosts it is taken on at a time. */
import * as z from 'zod';
import type { Serial } from './types.ts';

const WANTED = "how many hosts at a time is wanted here: a whole number from 1, or a share of them such as '25%'";

/** A number of hosts, or a share of the step's hosts in percent. */
export const serial = () =>
  z
    .union([z.number(), z.string()], { error: WANTED })
    .meta({ examples: [1, '25%'] })
    .transform((given, context): Serial => {
      const [, share] = /^(\d{1,3})%$/.exec(String(given).trim()) ?? [];
      const percent = Number(share);
      if (share !== undefined && percent >= 1 && percent <= 100) return { percent };
      if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= 10_000)
        return { hosts: given };
      context.addIssue({ code: 'custom', message: WANTED, input: given });
      return z.NEVER;
    });
