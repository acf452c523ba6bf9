import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Accepted, Clock, Journal, KeptAnswer } from '../engine/ports.ts';
import { createWhole, isCode, isThere } from './durable.ts';
import { issueSchema } from './issue-schema.ts';
import { fate, holderSchema, thisProcess } from './this-process.ts';

const noteSchema = z.object({
  key: z.string(),
  where: issueSchema,
  /** Who took it up, since when. */
  by: holderSchema,
});

/** Whether a process of another machine lives cannot be told; no command takes so long until it is acted on. */
const SURELY_OVER_MS = 3_600_000;

const answerSchema = z.object({ body: z.string(), about: z.string().optional() });

const SETTLED = '.settled';
const ANSWER = '.answer';

/**
 * What has been taken up, one small file each under the digest of its key, and a second one beside it once it is
 * settled. Neither is ever changed. In between a third one may hold the answer.
 */
export function acceptedIn(
  folder: string,
  { clock, worker }: { readonly clock: Clock; readonly worker: string },
): Pick<Journal, 'acceptOnce' | 'isAccepted' | 'keepAnswer' | 'settle' | 'unsettled'> {
  const fileOf = (key: string): string => join(folder, createHash('sha256').update(key).digest('hex'));

  async function read(name: string): Promise<readonly Accepted[]> {
    const note = noteSchema.safeParse(parsed(await readFile(join(folder, name), 'utf8')));
    // What cannot be read tells nobody whom to answer.
    if (!note.success) return [];
    const { key, where, by } = note.data;
    const lives = fate(by);
    if (lives === 'alive') return [];
    const age = Date.parse(clock.now()) - Date.parse(by.since);
    if (lives === 'elsewhere' && age < SURELY_OVER_MS) return [];
    const answer = await answerIn(join(folder, `${name}${ANSWER}`));
    return [{ key, where, at: by.since, ...(answer === undefined ? {} : { answer }) }];
  }

  return {
    acceptOnce: (key, where) =>
      createWhole(fileOf(key), `${JSON.stringify({ key, where, by: thisProcess(worker, clock.now()) })}\n`),
    isAccepted: async (key) => (await isThere(fileOf(key))) || isThere(`${fileOf(key)}${SETTLED}`),
    keepAnswer: async (key, answer) => {
      await createWhole(`${fileOf(key)}${ANSWER}`, `${JSON.stringify(answer)}\n`);
    },
    settle: async (key) => {
      await createWhole(`${fileOf(key)}${SETTLED}`, '');
      await rm(`${fileOf(key)}${ANSWER}`, { force: true });
    },
    unsettled: async () => {
      const names = new Set(await namesIn(folder));
      const open = [...names].filter((name) => /^[0-9a-f]{64}$/.test(name) && !names.has(`${name}${SETTLED}`));
      const found: Accepted[] = [];
      for (const name of open) found.push(...(await read(name)));
      return found.toSorted((one, other) => (one.at < other.at ? -1 : 1));
    },
  };
}

async function answerIn(path: string): Promise<KeptAnswer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  });
  const read = answerSchema.safeParse(parsed(text));
  if (!read.success) return undefined;
  const { body, about } = read.data;
  return { body, ...(about === undefined ? {} : { about }) };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
