import { afterEach, beforeEach } from '@jest/globals';
import { startMachine, type Machine } from './machine.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

/** What a test works with: a fresh machine `one`, and an operator whose inventory names it. */
export interface Bench {
  readonly machine: () => Machine;
  readonly work: () => Workplace;
  /** Writes `procedures/demo/try.yml` for host `one`: its steps, and what else stands at the top. */
  readonly steps: (text: string, top?: string) => void;
}

/** A fresh bench for each test of a file, cleared away after it. */
export function bench(): Bench {
  let machine: Machine;
  let work: Workplace;
  beforeEach(async () => {
    machine = await startMachine();
    work = makeWorkplace();
    work.inventory({ one: machine.entry() });
  });
  afterEach(async () => {
    work.remove();
    await machine.remove();
  });
  return {
    machine: () => machine,
    work: () => work,
    steps: (text, top = 'hosts: [one]') => {
      work.procedure('demo/try', procedure(text, top));
    },
  };
}

/** A procedure's text from its steps, which may be indented as a test likes. */
export function procedure(steps: string, top = 'hosts: [one]'): string {
  const lines = steps.split('\n').filter((line) => line.trim() !== '');
  const margin = Math.min(...lines.map((line) => /^ */.exec(line)?.[0].length ?? 0));
  return ['description: A test', top, 'steps:', ...lines.map((line) => `  ${line.slice(margin)}`), ''].join('\n');
}

/** The words that run it without being asked. */
export const RUN = ['run', 'try', 'demo', '--yes'] as const;
