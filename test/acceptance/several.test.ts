import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { freePort, ownMachineIds } from '../support/sshd.ts';
import { startMachine, type Machine } from './machine.ts';
import { procedure, RUN } from './bench.ts';
import { makeWorkplace, until, type Workplace } from './workplace.ts';

let work: Workplace;
let machines: readonly Machine[] = [];
const ids = ownMachineIds();
/** Hosts are told apart by /etc/machine-id, which needs a mount namespace for each. */
const several = ids ? it : it.skip;
if (!ids) process.stderr.write('skipped: several hosts (no mount namespace may be made here; run as root)\n');

beforeEach(() => {
  work = makeWorkplace();
});
afterEach(async () => {
  work.remove();
  for (const machine of machines) await machine.remove();
  machines = [];
});

/** Hosts `a`, `b`, `c` … */
async function start(count: number): Promise<void> {
  const own = (): { machineId?: string } => (ids ? { machineId: randomBytes(16).toString('hex') } : {});
  machines = await Promise.all(Array.from({ length: count }, () => startMachine(undefined, own())));
  work.inventory(Object.fromEntries(machines.map((machine, index) => [nameOf(index), machine.entry()])), {
    all: machines.map((_, index) => nameOf(index)),
  });
}
const nameOf = (index: number): string => 'abc'.charAt(index);
const at = (name: string): Machine => {
  const machine = machines['abc'.indexOf(name)];
  if (machine === undefined) throw new Error(`there is no host ${name}`);
  return machine;
};
const steps = (text: string): void => {
  work.procedure('demo/try', procedure(text, 'hosts: [all]'));
};
const contents = (file: string): readonly string[] => machines.map((machine) => machine.content(`home/${file}`));

needs('sshd', 'unshare')('several hosts', () => {
  several('are worked on side by side: each waits for the other to have begun', async () => {
    await start(3);
    const meeting = at('a').path('home');
    // One after the other they would wait for ever: each begins by saying so, and goes on once all have.
    steps(`
      - id: meet
        timeout: 60s
        run: |
          : >${meeting}/here.$$
          until [ "$(ls ${meeting}/here.* | wc -l)" -ge 3 ]; do sleep 0.05; done
          echo met >>~/marks
        on_rollback: {leave: a test}
    `);
    const { code, out } = await work.changeover(...RUN);
    expect([code, contents('marks')]).toEqual([0, ['met\n', 'met\n', 'met\n']]);
    for (const name of ['a', 'b', 'c']) expect(out).toContain(`  ${name}: changed`);
  });

  several('with one down: the run is blocked before anything is touched on the others', async () => {
    await start(2);
    work.inventory({ a: at('a').entry(), b: at('b').entry({ port: await freePort() }) }, { all: ['a', 'b'] });
    steps('- {id: mark, run: echo done >>~/marks, on_rollback: {run: rm ~/marks}}');
    for (const words of [['plan', 'try', 'demo'], RUN]) {
      const { code, out } = await work.changeover(...words);
      expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([1, expect.stringMatching(/b \(127\.0\.0\.1, port \d+\)/)]);
    }
    expect(contents('marks')).toEqual(['', '']);
    // The other host is free again.
    work.inventory({ a: at('a').entry() }, { all: ['a'] });
    expect(await work.changeover(...RUN, '--no-wait')).toMatchObject({ code: 0 });
  });

  several('of which one goes down in the middle: what it did is asked about, and the other goes on', async () => {
    await start(2);
    steps(`
      - id: first
        timeout: 60s
        run: |
          echo begun >>~/begun
          until [ -e ~/open ]; do sleep 0.05; done
        on_rollback: {run: echo undone >>~/undone}
      - id: second
        run: echo second >>~/marks
        on_rollback: {run: rm ~/marks}
    `);
    const process = work.begin(...RUN);
    await until(() => contents('begun').every((text) => text === 'begun\n'));
    await at('b').killProcesses();
    writeFileSync(at('a').path('home/open'), '');
    const { code, out } = await process.ended;
    expect([code, contents('marks')]).toEqual([4, ['', '']]);
    expect(out).toMatch(/ {2}a: changed[\s\S]* {2}b: unknown/);
    const [run = ''] = work.runs();
    // What may have been done is undone too.
    expect(await work.changeover('rollback', run)).toMatchObject({ code: 1 });
    expect([contents('undone'), contents('marks')]).toEqual([
      ['undone\n', 'undone\n'],
      ['', ''],
    ]);
  });

  several('of which one goes down at the very end: the others are done with, and it is asked about last', async () => {
    await start(2);
    const first = `
      - id: first
        run: echo first >>~/marks
        on_rollback: {leave: a test}
    `;
    const always = `
always:
  - id: open
    timeout: 60s
    run: |
      echo open >>~/marks
      until [ -e ~/go-on ]; do sleep 0.05; done
  - id: close
    run: echo close >>~/marks
`;
    work.procedure('demo/try', procedure(first, 'hosts: [all]') + always);
    const process = work.begin(...RUN);
    await until(() => contents('marks').every((text) => text === 'first\nopen\n'));
    await at('b').killProcesses();
    for (const name of ['a', 'b']) writeFileSync(at(name).path('home/go-on'), '');
    const { code, out } = await process.ended;
    expect([code, contents('marks')]).toEqual([4, ['first\nopen\nclose\n', 'first\nopen\n']]);
    expect(out).toMatch(/always step 1, open\n[^]* {2}b: unknown/);
    const [run = ''] = work.runs();
    expect(await work.changeover('decide', run, 'skip')).toMatchObject({ code: 3 });
    expect(await work.changeover('decide', run, 'retry')).toMatchObject({ code: 0 });
    expect(contents('marks')).toEqual(['first\nopen\nclose\n', 'first\nopen\nclose\n']);
  });

  several(
    'fail each for itself: only what failed is tried again, and a rollback undoes on each what was done there',
    async () => {
      await start(2);
      steps(`
      - id: first
        run: echo first >>~/marks
        on_rollback: {run: rm ~/marks}
      - id: second
        run: echo try >>~/tries; [ -e ~/fine ]
        on_rollback: {run: rm ~/tries}
    `);
      writeFileSync(at('a').path('home/fine'), '');
      const changed = await at('a').changedBy(async () => {
        expect(await work.changeover(...RUN)).toMatchObject({ code: 3 });
        const [run = ''] = work.runs();
        expect(await work.changeover('decide', run, 'retry')).toMatchObject({ code: 3 });
        expect(contents('tries')).toEqual(['try\n', 'try\ntry\n']);
        expect(await work.changeover('rollback', run)).toMatchObject({ code: 1 });
        expect([contents('tries'), contents('marks')]).toEqual([
          ['', ''],
          ['', ''],
        ]);
      });
      expect(changed).toEqual([]);
    },
  );
});

needs('sshd')('two names of one machine', () => {
  it('are refused, because their locks and jobs would be mixed up', async () => {
    machines = [await startMachine()];
    await refused('it is the same machine as a (machine id ');
  });

  several('are refused too where it has no machine id', async () => {
    machines = [await startMachine(undefined, { machineId: '' })];
    await refused('it is the same machine as a (by its boot, as it has no machine id)');
  });

  async function refused(words: string): Promise<void> {
    work.inventory({ a: at('a').entry(), b: at('a').entry() }, { all: ['a', 'b'] });
    steps('- {id: mark, run: echo done >>~/marks, on_rollback: {run: rm ~/marks}}');
    const { code, out } = await work.changeover(...RUN);
    expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([1, expect.stringContaining(words)]);
    expect(contents('marks')).toEqual(['']);
  }
});

needs('sshd', 'unshare')('machines without a machine id, as containers of fresh images are', () => {
  const containers = userInfo().uid === 0 ? several : it.skip;
  if (containers === it.skip) process.stderr.write('skipped: containers (run as root)\n');

  containers('are told apart by their process 1, though they share the kernel', async () => {
    machines = await Promise.all([1, 2].map(() => startMachine(undefined, { machineId: '', container: true })));
    work.inventory({ a: at('a').entry(), b: at('b').entry() }, { all: ['a', 'b'] });
    steps('- {id: mark, run: echo done >>~/marks, on_rollback: {run: rm ~/marks}}');
    expect(await work.changeover(...RUN)).toMatchObject({ code: 0 });
    expect(contents('marks')).toEqual(['done\n', 'done\n']);
  });

  several('have answered: a blocked run tells what else stands in its way there', async () => {
    machines = [await startMachine(undefined, { machineId: '' })];
    work.inventory({ a: at('a').entry(), b: at('a').entry({ port: await freePort() }) }, { all: ['a', 'b'] });
    steps(`
      - {id: never, assert: {run: 'false'}, fail_msg: this never holds}
      - {id: mark, run: echo done >>~/marks, on_rollback: {run: rm ~/marks}}
    `);
    for (const words of [['plan', 'try', 'demo'], RUN]) {
      const { code, out } = await work.changeover(...words);
      expect(code).toBe(1);
      expect(out).toContain('this never holds');
      expect(out.replaceAll(/\s+/g, ' ')).toMatch(/b \(127\.0\.0\.1, port \d+\) cannot be reached/);
    }
    expect(contents('marks')).toEqual(['']);
  });
});

describe('two runs for one host', () => {
  const GATED = `
    - id: gate
      timeout: 60s
      run: |
        echo gate >>~/marks
        until [ -e ~/open ]; do sleep 0.05; done
      on_rollback: {leave: a test}
    - id: beyond
      run: echo beyond >>~/marks
      on_rollback: {leave: a test}
  `;
  const open = (): void => {
    writeFileSync(at('a').path('home/open'), '');
  };
  beforeEach(async () => {
    machines = [await startMachine()];
    work.inventory({ a: at('a').entry() }, { all: ['a'] });
    steps(GATED);
  });

  needs('sshd')('come one after the other', () => {
    it('the second waits, saying for which run and whose, and then runs', async () => {
      const first = work.begin(...RUN);
      await until(() => contents('marks')[0] === 'gate\n');
      const [held = ''] = work.runs();
      const second = work.begin(...RUN);
      await second.says(/waits for a/);
      expect(second.said()).toMatch(new RegExp(`waits for a: run ${held} \\(.*@.*try demo`));
      expect(contents('marks')).toEqual(['gate\n']);
      open();
      expect(await first.ended).toMatchObject({ code: 0 });
      expect(await second.ended).toMatchObject({ code: 0 });
      expect(contents('marks')).toEqual(['gate\nbeyond\ngate\nbeyond\n']);
    });

    it('with --no-wait the second is given back with 3, and can be gone on with or dropped', async () => {
      const first = work.begin(...RUN);
      await until(() => contents('marks')[0] === 'gate\n');
      const [held = ''] = work.runs();
      const second = await work.changeover(...RUN, '--no-wait');
      expect([second.code, second.err]).toEqual([3, expect.stringContaining(held)]);
      const third = await work.changeover(...RUN, '--no-wait');
      expect(third.code).toBe(3);
      const [, waiting = '', dropped = ''] = work.runs();
      expect((await work.changeover('status')).out).toContain('waits for a host');
      expect(await work.changeover('decide', dropped, 'abort')).toMatchObject({ code: 1 });
      open();
      expect(await first.ended).toMatchObject({ code: 0 });
      expect(await work.changeover('resume', waiting)).toMatchObject({ code: 0 });
      expect(contents('marks')).toEqual(['gate\nbeyond\ngate\nbeyond\n']);
      expect(existsSync(at('a').path('home/.changeover/lock'))).toBe(false);
    });

    it('a dry run waits for nobody', async () => {
      const first = work.begin(...RUN);
      await until(() => contents('marks')[0] === 'gate\n');
      expect(await work.changeover('plan', 'try', 'demo')).toMatchObject({ code: 0 });
      open();
      expect(await first.ended).toMatchObject({ code: 0 });
    });
  });
});
