/** What a procedure locks beside its hosts: a customer, a service. */
import * as z from 'zod';
import { plainText } from './fields.ts';

const WANTED = 'a name is wanted here, or a list of them, such as [customer-acme]';

const name = () =>
  plainText().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
    error: 'what is locked is named by letters, digits, ".", "_" and "-", at most 63 of them',
  });

/** One name or several, each once, in the order in which every run takes them. */
export const lockNames = () =>
  z
    .union([name(), z.array(name()).min(1, { error: 'the list is empty: name what to lock, or take it out' })], {
      error: ({ input }) => (typeof input === 'number' || typeof input === 'boolean' ? 'quote it: ' : '') + WANTED,
    })
    .transform((given): readonly string[] => [...new Set(typeof given === 'string' ? [given] : given)].sort());
