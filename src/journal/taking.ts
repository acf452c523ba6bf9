import { type Claim, type Journal, TakenUp, type Taking } from '../engine/ports.ts';

type Accepting = Pick<Journal, 'acceptOnce'>;

/**
 * For a journal that does one thing after the other: takes up what a run is begun or taken over for, by itself.
 * @throws TakenUp where another process has done so
 */
export async function takeUp(journal: Accepting, taking: Taking | undefined): Promise<void> {
  if (taking === undefined) return;
  if (!(await journal.acceptOnce(taking.key, taking.where))) throw new TakenUp(taking);
  taking.took();
}

/** The same for a run that has just been claimed: it is given back where another has done so. */
export async function takeUpWith(claim: Claim, journal: Accepting, taking: Taking | undefined): Promise<Claim> {
  if (claim.kind !== 'claimed') return claim;
  try {
    await takeUp(journal, taking);
    return claim;
  } catch (error) {
    await claim.writer.release();
    throw error;
  }
}
