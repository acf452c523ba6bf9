import { createHash, randomUUID } from 'node:crypto';
import type { Accepted, Clock, Journal, Taking } from '../engine/ports.ts';
import { blobOf } from '../run/git-blob.ts';
import { acceptedSchema, readAs } from './branch-boundary.ts';
import type { BranchWorker } from './branch-claims.ts';
import type { BranchFiles, Change } from './branch-files.ts';

/** All that is settled is the same file, so that the list alone tells it. */
const SETTLED = 'settled\n';
const SETTLED_BLOB = blobOf(SETTLED);

/** Where GitHub does not tell whether a worker lives: no command takes so long until it is acted on. */
const SURELY_OVER_MS = 3_600_000;

/** What has been taken up, a small file each under the digest of its key; only who makes it has taken it up. */
export function branchAccepted(
  files: BranchFiles,
  { worker, me, lives, clock }: BranchWorker & { readonly clock: Pick<Clock, 'now'> },
): Pick<Journal, 'acceptOnce' | 'isAccepted' | 'keepAnswer' | 'settle' | 'unsettled'> & {
  /** Takes it up once it is written. */
  readonly taking: (what: Pick<Taking, 'key' | 'where'>) => Change;
} {
  function pathOf(key: string): string {
    const digest = createHash('sha256').update(key).digest('hex');
    return `accepted/${digest.slice(0, 2)}/${digest.slice(2)}.json`;
  }

  async function noteAt(path: string, blob: string) {
    const [text = ''] = await files.texts([blob]);
    return readAs(acceptedSchema, text, path, files.name);
  }

  function taking({ key, where }: Pick<Taking, 'key' | 'where'>): Change {
    const note = { key, where, by: me, worker, at: clock.now(), nonce: randomUUID() };
    return { path: pathOf(key), text: `${JSON.stringify(note)}\n` };
  }

  async function isLeft({ by, at }: { by: typeof me; at: string }): Promise<boolean> {
    if (by.id === me.id && by.attempt === me.attempt) return false;
    const alive = await lives(by);
    return alive === 'no' || (alive === 'unsure' && Date.parse(clock.now()) - Date.parse(at) >= SURELY_OVER_MS);
  }

  return {
    taking,
    acceptOnce: async (key, where) => (await files.write(taking({ key, where }))) === 'written',
    isAccepted: async (key) => (await files.known()).has(pathOf(key)) || (await files.list()).has(pathOf(key)),
    keepAnswer: async (key, answer) => {
      const path = pathOf(key);
      const before = (await files.known()).get(path);
      if (before === undefined || before === SETTLED_BLOB) return;
      const note = await noteAt(path, before);
      if (note.answer === undefined) files.later({ path, text: `${JSON.stringify({ ...note, answer })}\n`, before });
    },
    settle: async (key) => {
      const path = pathOf(key);
      const before = (await files.known()).get(path);
      if (before !== SETTLED_BLOB) files.later({ path, text: SETTLED, before });
    },
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
