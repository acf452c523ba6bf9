import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work, steps } = bench();

const STEPS = `
  - assert: {run: test -e ~/fit}
    fail_msg: the machine is not fit
  - id: first
    run: echo first >>~/marks
    on_rollback: {run: echo undone >>~/marks}
  - id: look
    name: Look at the site
    manual:
      instructions: |
        Open the site of *\${{ params.customer }}* and log in.
      unlock: UNLOCK
    on_rollback: {manual: Close the site again.}
  - id: last
    run: echo last >>~/marks
    on_rollback: {leave: the first step's undo tells}
`;
const TOP = 'hosts: [one]\nparams: {customer: {description: whose, type: string, default: acme}}';

const marks = (): string => machine().content('home/marks');
const lock = (): boolean => existsSync(machine().path('home/.changeover/lock'));
const fit = (): void => {
  writeFileSync(machine().path('home/fit'), '');
};

/** Runs to the manual step, which waits. */
async function waiting(unlock = false): Promise<string> {
  fit();
  steps(STEPS.replace('UNLOCK', String(unlock)), TOP);
  const { code, out, err } = await work().changeover(...RUN);
  const run = work().runs().at(-1) ?? '';
  expect([code, err]).toEqual([3, expect.stringContaining(`changeover decide ${run} continue|skip|rollback|abort`)]);
  expect(out).toContain('Open the site of *acme* and log in.');
  return run;
}

needs('sshd', 'script')('a step that is done by hand', () => {
  it('waits without a terminal with 3, and goes on when told so', async () => {
    const run = await waiting();
    expect([marks(), lock()]).toEqual(['first\n', true]);
    expect((await work().changeover('status', run)).out).toMatch(/waits for a person[^]*Open the site of \*acme\*/);
    const { code, out } = await work().changeover('decide', run, 'continue');
    expect([code, marks()]).toEqual([0, 'first\nlast\n']);
    expect(out).toContain('continue, decided by');
    expect((await work().changeover('status', run)).out).toMatch(/Look at the site[^]*done by hand/);
    const again = await work().changeover('decide', run, 'continue');
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('has ended')]);
  });

  it('is answered at the terminal where there is one', async () => {
    fit();
    steps(STEPS.replace('UNLOCK', 'false'), TOP);
    const process = work().beginAtTerminal(100, ...RUN);
    await process.says('continue / skip / rollback / abort?');
    process.type('done');
    await process.says('Please type one of: continue, skip, rollback, abort');
    process.type('continue');
    expect((await process.ended).code).toBe(0);
    expect(marks()).toBe('first\nlast\n');
  });

  it('is put right by hand in a rollback, which waits for it', async () => {
    const run = await waiting();
    const rolling = await work().changeover('decide', run, 'rollback');
    expect([rolling.code, rolling.out]).toEqual([3, expect.stringContaining('Close the site again.')]);
    expect(marks()).toBe('first\n');
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 1 });
    expect(marks()).toBe('first\nundone\n');
    expect(work().events().at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
  });

  it('is told by a dry run, which asks nobody', async () => {
    fit();
    steps(STEPS.replace('UNLOCK', 'true'), TOP);
    const { code, out } = await work().changeover('plan', 'try', 'demo');
    expect([code, out]).toEqual([0, expect.stringMatching(/would ask\n +\| Open the site of \*acme\* and log in\./)]);
    expect(marks()).toBe('');
  });
});

needs('sshd')('hosts that are let go meanwhile', () => {
  it('are free for other runs, and the guards are looked at again before the run goes on', async () => {
    const run = await waiting(true);
    expect(lock()).toBe(false);
    work().procedure(
      'demo/other',
      `description: d\nhosts: [one]\nsteps: [{id: o, run: rm ~/fit, on_rollback: {leave: x}}]\n`,
    );
    expect(await work().changeover('run', 'other', 'demo', '--yes', '--no-wait')).toMatchObject({ code: 0 });
    const stopped = await work().changeover('decide', run, 'continue');
    expect([stopped.code, stopped.out]).toEqual([3, expect.stringContaining('the machine is not fit')]);
    expect(stopped.err).toContain(`changeover decide ${run} retry|rollback|abort`);
    expect([marks(), lock()]).toEqual(['first\n', true]);
    fit();
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 0 });
    expect([marks(), lock()]).toEqual(['first\nlast\n', false]);
  });

  it('are looked at again by what says preflight: true, wherever it stands', async () => {
    fit();
    steps(
      `
      - id: first
        run: echo first >>~/marks
        on_rollback: {leave: a test}
      - manual: {instructions: Look., unlock: true}
      - id: last
        run: echo last >>~/marks
        on_rollback: {leave: a test}
      - id: fitness
        preflight: true
        expect: {one: {fit: 'yes'}}
    `,
      'hosts: [one]\nfacts: {fit: test -e ~/fit && echo yes || echo no}',
    );
    expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
    const [run = ''] = work().runs();
    rmSync(machine().path('home/fit'));
    const stopped = await work().changeover('decide', run, 'continue');
    expect([stopped.code, stopped.out]).toEqual([3, expect.stringContaining('preflight/fitness')]);
    expect(marks()).toBe('first\n');
    fit();
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 0 });
    expect(marks()).toBe('first\nlast\n');
  });

  it('are queued for where another run has them, which is told', async () => {
    const run = await waiting(true);
    work().procedure(
      'demo/other',
      `description: d\nhosts: [one]\nsteps:\n  - id: o\n    run: until [ -e ~/open ]; do sleep 0.05; done\n    on_rollback: {leave: x}\n`,
    );
    const other = work().begin('run', 'other', 'demo', '--yes');
    await until(lock);
    const process = work().begin('decide', run, 'continue');
    await process.says(/waits for one: run/);
    expect(marks()).toBe('first\n');
    writeFileSync(machine().path('home/open'), '');
    expect(await other.ended).toMatchObject({ code: 0 });
    expect(await process.ended).toMatchObject({ code: 0 });
    expect(marks()).toBe('first\nlast\n');
  });

  it('are taken again before a rollback, and left tidy after an abort', async () => {
    const run = await waiting(true);
    expect(await work().changeover('rollback', run)).toMatchObject({ code: 3 });
    expect(lock()).toBe(true);
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 1 });
    expect([marks(), lock()]).toEqual(['first\nundone\n', false]);
    rmSync(machine().path('home/marks'));
    const other = await waiting(true);
    expect(await work().changeover('decide', other, 'abort')).toMatchObject({ code: 1 });
    expect(existsSync(machine().path(`home/.changeover/runs/${other}`))).toBe(false);
    expect(readFileSync(machine().path(`home/.changeover/closed/${other}`), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });
});
