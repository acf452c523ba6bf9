import { randomUUID } from 'node:crypto';
import type { Clock, Lives, WorkflowRun } from '../engine/ports.ts';
import type { RunId } from '../run/types.ts';
import { blobOf } from '../run/git-blob.ts';
import { type BranchClaim, claimSchema, readAs } from './branch-boundary.ts';
import type { BranchFiles, Change } from './branch-files.ts';

/** Who a worker of this branch is, and how it learns of others. */
export interface BranchWorker {
  readonly worker: string;
  readonly me: WorkflowRun;
  readonly lives: Lives;
}

/** A claim that may be made. It counts once its change is on the branch, along with something of the run's. */
export interface Offered {
  readonly kind: 'free';
  readonly epoch: number;
  /** A worker has died with the run at some time. */
  readonly left: boolean;
  readonly change: Change;
  /** Gives it back, once it counts. */
  readonly release: () => void;
}

const pathOf = (run: RunId): string => `claims/${run}.json`;

/**
 * What is said at the end of a run comes a moment after it is given back, and goes along. Should this process die before
 * that, the run is that of a worker that has died: who takes it up then looks at its hosts once more.
 */
const GIVE_BACK_MS = 10_000;

/**
 * Who works on which run: a small file each, replaced only by who has read what stands there. Its epoch rises with every
 * claim, as the event that tells it may be lost with the machine of who made it.
 */
export function claimsOn(
  files: BranchFiles,
  { worker, me, lives, clock }: BranchWorker & { readonly clock: Pick<Clock, 'now'> },
) {
  const isMe = ({ id, attempt }: WorkflowRun): boolean => id === me.id && attempt === me.attempt;

  async function read(run: RunId, listed: ReadonlyMap<string, string>) {
    const blob = listed.get(pathOf(run));
    if (blob === undefined) return undefined;
    const [text = ''] = await files.texts([blob]);
    return { blob, claim: readAs(claimSchema, text, pathOf(run), files.name) };
  }

  async function fate({ released, by }: BranchClaim): Promise<'given back' | 'yes' | 'no' | 'unsure'> {
    if (released) return 'given back';
    return isMe(by) ? 'yes' : lives(by);
  }

  function draft(epoch: number, left: boolean): BranchClaim {
    return { worker, by: me, since: clock.now(), epoch, left, released: false, nonce: randomUUID() };
  }

  function offered(run: RunId, claim: BranchClaim, before?: string): Offered {
    const { epoch, left } = claim;
    const path = pathOf(run);
    return {
      ...{ kind: 'free', epoch, left, change: { path, text: textOfClaim(claim), before } },
      release: () => {
        const text = textOfClaim({ ...claim, released: true });
        files.later({ path, text, before: blobOf(textOfClaim(claim)) }, GIVE_BACK_MS);
      },
    };
  }

  return {
    /** Of a run that is made just now. */
    first: (run: RunId): Offered => offered(run, draft(1, false)),
    /** Unless somebody works on it. */
    next: async (run: RunId): Promise<Offered | { readonly kind: 'held'; readonly by: string }> => {
      const found = await read(run, await files.list());
      const how = found === undefined ? 'given back' : await fate(found.claim);
      if (found !== undefined && (how === 'yes' || how === 'unsure'))
        return { kind: 'held', by: held(run, found.claim, how) };
      // Where somebody has deleted the claim, who had it is as dead as that one thinks.
      const left = found === undefined || how === 'no' || found.claim.left;
      return offered(run, draft((found?.claim.epoch ?? 0) + 1, left), found?.blob);
    },
    /** Who has claimed it last, in words. */
    claimant: async (run: RunId): Promise<string | undefined> => {
      const found = await read(run, await files.list());
      return found === undefined ? undefined : whoText(found.claim);
    },
    /** Whether somebody works on it; `no` also where it was given back. */
    worked: async (run: RunId): Promise<'yes' | 'no' | 'unsure'> => {
      const found = await read(run, await files.list());
      const how = found === undefined ? 'given back' : await fate(found.claim);
      return how === 'given back' ? 'no' : how;
    },
    /** Whether who worked on it last has died before giving it back. */
    wasLeft: async (run: RunId): Promise<boolean> => {
      const found = await read(run, await files.list());
      return found !== undefined && (await fate(found.claim)) === 'no';
    },
  };
}

const textOfClaim = (claim: BranchClaim): string => `${JSON.stringify(claim)}\n`;

const whoText = ({ worker, by, since }: BranchClaim): string =>
  `${worker} (workflow run ${by.id}, attempt ${String(by.attempt)}, since ${since})`;

function held(run: RunId, claim: BranchClaim, how: 'yes' | 'unsure'): string {
  const who = whoText(claim);
  if (how === 'yes') return who;
  return (
    `${who}; whether that still works GitHub does not tell (the workflow needs \`permissions: actions: read\`). ` +
    `If it surely does not, delete ${pathOf(run)} from the branch and try again`
  );
}
