import { instantAt, millisecondsAt } from './time.ts';
import type { Instant } from './types.ts';

/**
 * A clock that follows another which may jump (a machine's, when somebody sets it), and itself never does: at most twice as
 * fast and never slower than half as fast as time really passes, it comes nearer to that until both agree.
 * @param wall what the time is said to be, in ms
 * @param ticks ms that have passed since some moment; never jumps
 * @param from it begins no earlier than here
 */
export function steadyTime(wall: () => number, ticks: () => number, from = -Infinity): () => number {
  let at = Math.max(wall(), from);
  let seen = ticks();
  return () => {
    const passed = Math.max(0, ticks() - seen);
    seen += passed;
    const behind = wall() - (at + passed);
    at += passed + Math.min(passed, Math.max(-passed / 2, behind));
    return at;
  };
}

/** The time of a run, which goes on from its last event though the clock may say that this is still to come. */
export function timeFrom(clock: { now(): Instant }, last: Instant): () => Instant {
  const now = (): number => millisecondsAt(clock.now());
  // It is its own measure of the time that passes, and is read once each time.
  let read = now();
  const time = steadyTime(
    () => read,
    () => read,
    millisecondsAt(last),
  );
  return () => {
    read = now();
    return instantAt(Math.floor(time()));
  };
}
