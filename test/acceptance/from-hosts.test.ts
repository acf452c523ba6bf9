import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { freePort, ownMachineIds } from '../support/sshd.ts';
import { bench, procedure, RUN } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { until, type Ended } from './workplace.ts';

const { machine, work, steps } = bench();

const NEVER = '20261122-7k3f';
const done = (): string => machine().content('home/done');
const home = (name: string): string => machine().path(`home/${name}`);
const touch = (...names: readonly string[]): void => {
  for (const name of names) writeFileSync(home(name), '');
};

/** Each step and each undo writes down that it ran; `three` stays at its work, or fails, as files beside it say. */
const story = (): string => `
  - id: one
    run: echo one >>~/done; echo said one
    on_rollback: {run: echo undo one >>~/done}
  - id: two
    file: {path: ${home('conf')}, content: new}
  - id: three
    timeout: 60s
    run: |
      echo three >>~/done
      echo begins
      until [ -e ~/go-on ]; do sleep 0.05; done
      echo ends
      [ ! -e ~/fails ]
    on_rollback: {run: 'echo undo three >>~/done; [ ! -e ~/stuck ]'}
  - id: four
    run: echo four >>~/done
    on_rollback: {run: echo undo four >>~/done}
`;

/** The journal's disk is gone, with the logs. */
function loseJournal(): string {
  const [run = ''] = work().runs();
  rmSync(work().journal, { recursive: true });
  return run;
}

/** A worker is killed while the third step is at its work. */
async function killedInThree(): Promise<string> {
  writeFileSync(home('conf'), 'old');
  steps(story());
  const process = work().begin(...RUN);
  await until(() => done().includes('three'));
  process.kill('SIGKILL');
  await process.ended;
  const run = loseJournal();
  // As tidying would have, a moment later.
  rmSync(home(`.changeover/runs/${run}/one/one/-/apply.1/out`), { force: true });
  return run;
}

/** The third step fails, and the run waits at its prompt. */
async function waitingAtThree(more = ''): Promise<void> {
  writeFileSync(home('conf'), 'old');
  touch('go-on', 'fails');
  steps(`${story()}  ${more}\n`);
  expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
}

const fromHosts = (run: string, ...words: readonly string[]): Promise<Ended> =>
  work().changeover('resume', run, '--from-hosts', ...words);
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

needs('sshd')('a run whose journal is lost', () => {
  it('in the midst of a step is told again by its host, waits to be looked at, and does nothing twice', async () => {
    const run = await killedInThree();

    const { code, out } = await fromHosts(run, 'try', 'demo');

    expect(code).toBe(3);
    expect(flat(out)).toContain(`The record of run ${run} was made anew from what one holds of it.`);
    expect(flat(out)).toContain('three on one: its end is not known: it is looked at again when the run goes on.');
    expect(flat(out)).toContain('one on one: what it printed is lost');
    const [first, ...events] = work().events(run);
    expect(first).toMatchObject({ type: 'run_requested', rebuilt: { from: 'hosts', hosts: ['one'], epoch: 2 } });
    expect(events.filter(({ type }) => type === 'job_finished')).toMatchObject([
      { job: { step: 'one' }, outcome: 'changed', output_lost: true, bytes: { out: 9, err: 0 } },
      { job: { step: 'two' }, outcome: 'changed' },
      { job: { step: 'three' }, outcome: 'unknown', alive: true },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run_started', epoch: 3 });
    expect(done()).toBe('one\nthree\n');

    touch('go-on');
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 0, err: '' });
    expect(done()).toBe('one\nthree\nfour\n');
    const log = readFileSync(join(work().journal, 'logs', run, 'one', 'three', '-/apply.1.out'), 'utf8');
    expect(log).toBe('begins\nends\n');
    const verified = await work().changeover('verify', run);
    expect(verified).toMatchObject({ code: 0, err: expect.stringContaining('was made anew at') });
    expect(await work().changeover('verify', run, '--strict')).toMatchObject({ code: 4 });
    expect(existsSync(home(`.changeover/runs/${run}`))).toBe(false);
  });

  it('at a prompt can be rolled back, and all is as before', async () => {
    await waitingAtThree();
    const run = loseJournal();
    expect(await fromHosts(run, 'try', 'demo')).toMatchObject({
      code: 3,
      out: expect.stringContaining('three on one (failed)'),
    });
    expect(done()).toBe('one\nthree\n');

    expect(await work().changeover('rollback', run)).toMatchObject({ code: 1, err: '' });

    expect(work().events(run).at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
    expect(done()).toBe('one\nthree\nundo three\nundo one\n');
    expect(machine().content('home/conf')).toBe('old');
  });

  it('at a prompt asks that again, once somebody has looked', async () => {
    await waitingAtThree();
    const run = loseJournal();
    await fromHosts(run, 'try', 'demo');
    const { code, out } = await work().changeover('decide', run, 'continue');
    expect([code, flat(out)]).toEqual([3, expect.stringContaining('waits (p202): step 3')]);
    rmSync(home('fails'));
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 0 });
    expect(done()).toBe('one\nthree\nthree\nfour\n');
  });

  it('after a failed step was passed over lets that pass by the word of who looks', async () => {
    await waitingAtThree("- {id: five, run: 'false', on_rollback: {leave: a test}}");
    const [waiting = ''] = work().runs();
    expect(await work().changeover('decide', waiting, 'skip')).toMatchObject({ code: 3 });
    const run = loseJournal();

    const { out } = await fromHosts(run, 'try', 'demo');
    expect(flat(out)).toContain(
      'three on one (failed): it did not end well, or a person was asked for it, and the run went on',
    );
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 3 });

    expect(work().events(run)).toContainEqual(
      expect.objectContaining({ type: 'step_skipped', step: 'three', prompt: 'p301' }),
    );
    expect(work().events(run).at(-1)).toMatchObject({ type: 'prompt_opened', prompt: 'p302', step: 'five' });
    expect(done()).toBe('one\nthree\nfour\n');
  });

  it('after its rollback had begun goes on backwards', async () => {
    await waitingAtThree();
    touch('stuck');
    const [waiting = ''] = work().runs();
    expect(await work().changeover('rollback', waiting)).toMatchObject({ code: 3 });
    expect(done()).toBe('one\nthree\nundo three\n');
    const run = loseJournal();

    expect(await fromHosts(run, 'try', 'demo')).toMatchObject({ code: 3 });
    expect(work().events(run)).toContainEqual(expect.objectContaining({ type: 'rollback_started' }));
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 3 });
    rmSync(home('stuck'));
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 1 });

    expect(work().events(run).at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
    expect(done()).toBe('one\nthree\nundo three\nundo three\nundo one\n');
    expect(machine().content('home/conf')).toBe('old');
  });
});

needs('sshd')('making a record anew is refused, and starts nothing,', () => {
  async function expectRefused(run: string, words: readonly string[], code: number, text: string): Promise<void> {
    const ended = await fromHosts(run, ...words);
    expect([ended.code, flat(ended.err)]).toEqual([code, expect.stringContaining(text)]);
    expect(done()).toBe('one\nthree\n');
  }

  it('where the journal is there, whole or damaged', async () => {
    await waitingAtThree();
    const [run = ''] = work().runs();
    await expectRefused(run, ['try', 'demo'], 2, `Type: changeover resume ${run}`);
    writeFileSync(work().journalFile(run), 'garbage\n');
    await expectRefused(run, ['try', 'demo'], 2, 'move the damaged file away');
    expect(readFileSync(work().journalFile(run), 'utf8')).toBe('garbage\n');
  });

  it('where the words, or the files, give another plan', async () => {
    await waitingAtThree();
    const run = loseJournal();
    await expectRefused(run, [], 2, `changeover resume ${run} --from-hosts VERB SYSTEM`);
    await expectRefused(run, ['try', 'other'], 2, 'other');
    steps(story().replace('said one', 'says one'));
    await expectRefused(run, ['try', 'demo'], 4, `Run ${run} was try demo, plan`);
    expect(work().runs()).toEqual([]);
  });

  it('where no host knows the run, or it has ended', async () => {
    await waitingAtThree();
    await expectRefused(NEVER, ['try', 'demo'], 4, `No host of try demo (one) holds anything of run ${NEVER}`);
    await expectRefused('nonsense', ['try', 'demo'], 2, "nonsense is no run's id");
    const [run = ''] = work().runs();
    expect(await work().changeover('decide', run, 'abort')).toMatchObject({ code: 1 });
    loseJournal();
    await expectRefused(run, ['try', 'demo'], 4, `Run ${run} has ended, as one says`);
  });

  it('where what the host was told of the run is not as it was written', async () => {
    await waitingAtThree();
    const run = loseJournal();
    for (const text of ['garbage\n', '{}\n', `{"verb":"try"}\n`, '\0\0\0\n']) {
      writeFileSync(home(`.changeover/runs/${run}/=note`), text);
      await expectRefused(run, ['try', 'demo'], 4, 'is not as Changeover wrote it');
    }
    rmSync(home(`.changeover/runs/${run}/=note`));
    await expectRefused(run, ['try', 'demo'], 4, 'holds anything of run');
  });

  it('where a host does not answer', async () => {
    await waitingAtThree();
    const run = loseJournal();
    work().inventory({ one: machine().entry({ key: home('no-such-key') }) });
    const ended = await fromHosts(run, 'try', 'demo');
    expect(ended.code).toBe(4);
    expect(work().runs()).toEqual([]);
    work().inventory({ one: machine().entry() });
    expect(await fromHosts(run, 'try', 'demo')).toMatchObject({ code: 3 });
  });
});

/** Hosts are told apart by /etc/machine-id, which needs a mount namespace for each. */
const several = ownMachineIds() ? it : it.skip;

needs('sshd', 'unshare')('a run on two hosts whose journal is lost', () => {
  let machines: readonly Machine[] = [];
  afterEach(async () => {
    for (const each of machines) await each.remove();
    machines = [];
  });

  several('is made anew once both answer, each with what it holds', async () => {
    machines = await Promise.all(
      [0, 1].map(() => startMachine(undefined, { machineId: randomBytes(16).toString('hex') })),
    );
    const [a, b] = machines;
    if (a === undefined || b === undefined) throw new Error('there are no two machines');
    const entries = { a: a.entry(), b: b.entry() };
    work().inventory(entries, { all: ['a', 'b'] });
    work().procedure(
      'demo/try',
      procedure(
        `
        - {id: both, run: echo both >>~/done, on_rollback: {run: echo undo both >>~/done}}
        - {id: first, on: a, run: echo first >>~/done, on_rollback: {run: echo undo first >>~/done}}
        - id: slow
          timeout: 60s
          run: 'echo slow >>~/done; until [ -e ~/go-on ]; do sleep 0.05; done'
          on_rollback: {run: echo undo slow >>~/done}
        `,
        'hosts: [all]',
      ),
    );
    const process = work().begin(...RUN);
    await until(() => machines.every((each) => each.content('home/done').includes('slow')));
    process.kill('SIGKILL');
    await process.ended;
    const run = loseJournal();

    work().inventory({ ...entries, b: b.entry({ port: await freePort() }) }, { all: ['a', 'b'] });
    const refused = await fromHosts(run, 'try', 'demo');
    expect([refused.code, flat(refused.err)]).toEqual([
      4,
      expect.stringContaining('Try again once all its hosts can be reached.'),
    ]);
    expect(flat(refused.err)).toContain('b: ');
    expect(work().runs()).toEqual([]);

    work().inventory(entries, { all: ['a', 'b'] });
    expect(await fromHosts(run, 'try', 'demo')).toMatchObject({ code: 3 });
    for (const each of machines) writeFileSync(each.path('home/go-on'), '');
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 0 });
    expect(machines.map((each) => each.content('home/done'))).toEqual(['both\nfirst\nslow\n', 'both\nslow\n']);
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });
});
