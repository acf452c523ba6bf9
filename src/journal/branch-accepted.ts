import { createHash, randomUUID } from 'node:crypto';
import type { Accepted, Clock, Journal } from '../engine/ports.ts';
import { blobOf } from '../run/git-blob.ts';
import { acceptedSchema, readAs } from './branch-boundary.ts';
import type { BranchWorker } from './branch-claims.ts';
import type { BranchFiles } from './branch-files.ts';

/** All that is settled is the same file, so that the list alone tells it. */
const SETTLED = 'settled\n';
const SETTLED_BLOB = blobOf(SETTLED);

/** Where GitHub does not tell whether a worker lives: no command takes so long until it is acted on. */
const SURELY_OVER_MS = 3_600_000;
const MOST_TRIES = 5;

/** What has been taken up, a small file each under the digest of its key; only who makes it has taken it up. */
export function branchAccepted(
  files: BranchFiles,
  { worker, me, lives, clock }: BranchWorker & { readonly clock: Pick<Clock, 'now'> },
): Pick<Journal, 'acceptOnce' | 'isAccepted' | 'keepAnswer' | 'settle' | 'unsettled'> {
  function pathOf(key: string): string {
    const digest = createHash('sha256').update(key).digest('hex');
    return `accepted/${digest.slice(0, 2)}/${digest.slice(2)}.json`;
  }

  async function noteAt(path: string, blob: string) {
    const [text = ''] = await files.texts([blob]);
    return readAs(acceptedSchema, text, path, files.name);
  }

  /** @param next undefined: it stays as it is */
  async function replace(key: string, next: (blob: string | undefined) => Promise<string | undefined>): Promise<void> {
    const path = pathOf(key);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const blob = (await (tries === 0 ? files.known() : files.list())).get(path);
      const text = await next(blob);
      if (text === undefined || (await files.write(path, text, blob)) === 'written') return;
    }
  }

  async function isLeft({ by, at }: { by: typeof me; at: string }): Promise<boolean> {
    if (by.id === me.id && by.attempt === me.attempt) return false;
    const alive = await lives(by);
    return alive === 'no' || (alive === 'unsure' && Date.parse(clock.now()) - Date.parse(at) >= SURELY_OVER_MS);
  }

  return {
    acceptOnce: async (key, where) => {
      const path = pathOf(key);
      const note = { key, where, by: me, worker, at: clock.now(), nonce: randomUUID() };
      return (await files.write(path, `${JSON.stringify(note)}\n`)) === 'written';
    },
    isAccepted: async (key) => (await files.known()).has(pathOf(key)) || (await files.list()).has(pathOf(key)),
    keepAnswer: (key, answer) =>
      replace(key, async (blob) => {
        if (blob === undefined || blob === SETTLED_BLOB) return undefined;
        const note = await noteAt(pathOf(key), blob);
        return note.answer === undefined ? `${JSON.stringify({ ...note, answer })}\n` : undefined;
      }),
    settle: (key) => replace(key, (blob) => Promise.resolve(blob === SETTLED_BLOB ? undefined : SETTLED)),
    unsettled: async () => {
      const open = [...(await files.list())].filter(
        ([path, blob]) => path.startsWith('accepted/') && blob !== SETTLED_BLOB,
      );
      const found: Accepted[] = [];
      for (const [path, blob] of open) {
        const note = await noteAt(path, blob).catch(() => undefined);
        // What cannot be read tells nobody whom to answer.
        if (note === undefined || !(await isLeft(note))) continue;
        const { key, where, at, answer } = note;
        found.push({ key, where, at, ...(answer === undefined ? {} : { answer }) });
      }
      return found.toSorted((one, other) => (one.at < other.at ? -1 : 1));
    },
  };
}
