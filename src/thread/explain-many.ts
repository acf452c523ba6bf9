/** On the page of `explain`: for what, on which hosts and how many at a time a step is done, and how often again. */
import { shellWord } from '../language/by-hand.ts';
import { factWord } from '../language/on-fact.ts';
import type { Step } from '../language/types.ts';
import { span } from '../run/time.ts';
import { blocks, code, counted, fence, listed } from './markdown.ts';

/**
 * `On the hosts where function=production when you begin`.
 * @param back it takes a step back, on the hosts of that step
 */
export function hostsToTake({ on, runOnce, maxHosts }: Step, all: readonly string[], back: boolean): string {
  if (back) return 'On the hosts where you have done it';
  const named = on.filter((name) => factWord(name) === undefined);
  const facts = on.filter((name) => factWord(name) !== undefined);
  const by = facts.length === 0 ? '' : `the hosts where ${listed(facts.map(code), 'or')} when you begin`;
  const hosts = facts.length === 0 && named.length === 0 ? all : named;
  const where = [...(by === '' ? [] : [by]), ...(hosts.length === 0 ? [] : [listed(hosts.map(code))])].join(' and ');
  const first = runOnce === true ? `the first of ${where}` : where;
  return `On ${first}${maxHosts === undefined ? '' : ` (if these are more than ${maxHosts}, stop)`}`;
}

/** Where a step is taken is seen only when it is: the way back goes by that. */
export const isSeenLater = ({ on, runOnce }: Step): boolean =>
  runOnce === true || on.some((name) => factWord(name) !== undefined);

/** What is said before a step's work, of its batches and items. */
export function howMany({ serial, loop }: Step): readonly (string | undefined)[] {
  return [serial === undefined ? undefined : inBatches(serial), loop === undefined ? undefined : forEach(loop)];
}

function inBatches(serial: NonNullable<Step['serial']>): string {
  const many = 'hosts' in serial ? counted(serial.hosts, 'host') : `${serial.percent}% of these hosts`;
  return `Take ${many} at a time, and the next only when those before went well.`;
}

function forEach(loop: NonNullable<Step['loop']>): string {
  const say =
    'On each host do all of this once for each of these, one after the other, in this order; on the way back the last first:';
  if ('expr' in loop) {
    return `On each host do all of this once for each of what ${code(loop.expr)} gives, set as ${code('$item')}, one after the other; on the way back the last first.`;
  }
  const lines =
    'list' in loop
      ? loop.list.map((value) => `export item=${shellWord(value)}`)
      : loop.map.map(([name, value]) => `export item_key=${shellWord({ lit: name })} item=${shellWord(value)}`);
  return blocks(say, fence(lines.join('\n'), 'sh'));
}

/** How often to try again before anything else is done about a failure. */
export function tryAgain({ retries, idempotent }: Step): string | undefined {
  if (retries === undefined) return undefined;
  const what = idempotent ? 'If it fails' : 'If the host cannot be reached';
  return `${what}, try again up to ${counted(retries.times, 'time')}, ${span(retries.delayMs)} apart.`;
}
