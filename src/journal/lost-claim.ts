import type { RunId } from '../run/types.ts';

/** This process wrote to a run that is no longer its own: another worker has taken it over. Nothing was written. */
export class LostClaim extends Error {
  constructor(run: RunId) {
    super(`Another worker has taken run ${run} over; nothing more is written from here. \`status ${run}\` shows it.`);
    this.name = 'LostClaim';
  }
}
