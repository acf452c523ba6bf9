import type { Taking } from './ports.ts';

/** Another process has taken up what a run was to be begun for. There is no such run. */
export class TakenUp extends Error {
  override readonly name = 'TakenUp';

  constructor({ key }: Taking) {
    super(`Another worker has taken up ${key}.`);
  }
}
