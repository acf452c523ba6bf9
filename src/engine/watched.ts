import type { EventBody, RunEvent } from '../run/types.ts';
import type { Follow, Journal, RunWriter } from './ports.ts';

/**
 * The journal, watched: `see` is shown every event once it is durable, `known` those that a claimed run already had.
 */
export function watched(
  journal: Journal,
  see: (event: RunEvent) => void,
  known: (events: readonly RunEvent[]) => void = () => undefined,
): Journal {
  function watch(writer: RunWriter): RunWriter {
    const append = async (bodies: readonly EventBody[], follow?: Follow): Promise<readonly RunEvent[]> => {
      const events = await writer.append(bodies, follow);
      events.forEach(see);
      return events;
    };
    return { run: writer.run, epoch: writer.epoch, append, release: () => writer.release() };
  }
  return {
    ...journal,
    create: async (first, at, taking) => {
      const claim = await journal.create(first, at, taking);
      claim.events.forEach(see);
      return { ...claim, writer: watch(claim.writer) };
    },
    claim: async (run, taking) => {
      const claim = await journal.claim(run, taking);
      if (claim.kind !== 'claimed') return claim;
      known(claim.events);
      return { ...claim, writer: watch(claim.writer) };
    },
  };
}
