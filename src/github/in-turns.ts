import type { Decided, Runs } from '../engine/runs.ts';
import type { RunId } from '../run/types.ts';

/**
 * Lets the calls that take a run up come one after the other: two at once would take each other for another worker, and
 * the second answer to a prompt would hear of that instead of the first answer.
 */
export function inTurns(runs: Runs): Runs {
  const deciding = new Map<RunId, Promise<Decided>>();
  let takingUp: Promise<unknown> = Promise.resolve();
  return {
    ...runs,
    decide: (run, decision, by, comment) => {
      const turn = Promise.allSettled([takingUp, deciding.get(run)]).then(() =>
        runs.decide(run, decision, by, comment),
      );
      deciding.set(run, turn);
      const end = (): void => {
        if (deciding.get(run) === turn) deciding.delete(run);
      };
      turn.then(end, end);
      return turn;
    },
    pickUpAll: () => {
      const turn = Promise.allSettled([takingUp, ...deciding.values()]).then(() => runs.pickUpAll());
      takingUp = turn;
      turn.catch(() => undefined);
      return turn;
    },
  };
}
