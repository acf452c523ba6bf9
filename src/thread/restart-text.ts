import type { Restart } from '../run/restart.ts';
import { span } from '../run/time.ts';
import type { Restarting } from '../run/types.ts';
import { clock } from './format.ts';

/** How a host that was told to restart stands; plain text. */
export function restartNote({ stage, since }: Restarting): string {
  switch (stage) {
    case 'before':
      return 'it has not gone down yet';
    case 'away':
      return `it does not answer since ${clock(since)}`;
    case 'back':
      return `it is back since ${clock(since)}, but not yet as it must be`;
    case 'well':
      return `it is as it must be since ${clock(since)}, and must stay so`;
    case 'held':
      return 'it has restarted';
  }
}

/** For what a host is waited for once it was told to restart; plain text, with `until` behind it where there is one. */
export const restartWait = ({ until, atMostMs, stableMs }: Restart): string =>
  `Then it waits at most ${span(atMostMs)} until the host is back by a new boot, and ${span(stableMs)} more in which that stays so` +
  (until === undefined ? '.' : '. This must hold then:');

/** What a dry run found of it; plain text. */
export const restartNow = ({ stage, why }: Restarting): string =>
  stage === 'well' ? 'It holds already now.' : `Now: ${why ?? 'it does not hold'}.`;
