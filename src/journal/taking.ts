import { type Journal, TakenUp, type Taking } from '../engine/ports.ts';

/**
 * For a journal that does one thing after the other: takes up what a run is begun or taken over for. That comes first: were the
 * run claimed before, another process that hears the same would find it held, and answer so in this one's place.
 * @throws TakenUp where another process has done so
 */
export async function takeUp(journal: Pick<Journal, 'acceptOnce'>, taking: Taking | undefined): Promise<void> {
  if (taking === undefined) return;
  if (!(await journal.acceptOnce(taking.key, taking.where))) throw new TakenUp(taking);
  taking.took();
}
