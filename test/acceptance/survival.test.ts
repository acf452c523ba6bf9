import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '../../src/run/types.ts';
import { bench, RUN } from './bench.ts';
import { startMachine } from './machine.ts';
import { needs } from '../support/needs.ts';
import { until, type Begun, type Workplace } from './workplace.ts';

const { machine, work, steps } = bench();

const LINES = 40;
const counted = Array.from({ length: LINES }, (_, n) => `line ${String(n + 1)}\n`).join('');

/**
 * Three steps that say and write down each line once. The second stays in the midst of its lines, and the last before
 * its end, until they are let go: so that no worker can be done before it is killed.
 */
const COUNTS = `
  - id: before
    run: echo before >>~/done
    on_rollback: {leave: a test}
  - id: count
    timeout: 60s
    run: |
      n=1
      while [ $n -le ${String(LINES)} ]; do
        echo "line $n"
        echo "line $n" >>~/lines
        [ $n -ne ${String(LINES / 2)} ] || until [ -e ~/go-on ]; do sleep 0.05; done
        n=$((n + 1))
        sleep 0.01
      done
    on_rollback: {leave: a test}
  - id: after
    timeout: 60s
    run: |
      echo after >>~/done
      until [ -e ~/end ]; do sleep 0.05; done
    on_rollback: {leave: a test}
`;
/** Lets the step `count` go on in the midst of its lines, and the last one end. */
const letGo = (): void => {
  for (const name of ['go-on', 'end']) writeFileSync(machine().path(`home/${name}`), '');
};

const log = (place: Workplace, run: string, step: string, stream = 'out'): string =>
  readFileSync(join(place.journal, 'logs', run, 'one', step, `-/apply.1.${stream}`), 'utf8');

const happened = (place: Workplace, holds: (event: RunEvent) => boolean): boolean => {
  const [run] = place.runs();
  return run !== undefined && existsSync(place.journalFile(run)) && wholeEvents(place, run).some(holds);
};

/** What stands in the journal while somebody writes it: the last line may not be whole. */
function wholeEvents(place: Workplace, run: string): readonly RunEvent[] {
  const lines = readFileSync(place.journalFile(run), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/** Kills a worker, which must still have been at its work. */
async function killed(process: Begun): Promise<void> {
  process.kill('SIGKILL');
  const { code, err } = await process.ended;
  expect([code, err]).toEqual([null, '']);
}

async function resumed(place: Workplace, run: string): Promise<void> {
  const { code, err } = await place.changeover('resume', run);
  expect([code, err]).toEqual([0, '']);
}

/** Every line was done once on the host, and every byte of them kept once. */
async function expectOnce(place: Workplace, run: string): Promise<void> {
  expect(machine().content('home/lines')).toBe(counted);
  expect(machine().content('home/done')).toBe('before\nafter\n');
  expect(log(place, run, 'count')).toBe(counted);
  const ends = place.events(run).filter((event) => event.type === 'job_finished' && event.job.step === 'count');
  expect(ends).toMatchObject([{ outcome: 'changed', bytes: { out: counted.length, err: 0 } }]);
  expect(await place.changeover('verify', run)).toMatchObject({ code: 0 });
}

const moments: Readonly<Record<string, (event: RunEvent) => boolean>> = {
  'before any host is contacted': ({ type }) => type === 'run_requested',
  'once a step is opened': (event) => event.type === 'step_opened' && event.step === 'count',
  'once a job has started': (event) => event.type === 'job_started' && event.job.step === 'count',
  'between two steps': (event) => event.type === 'job_finished' && event.job.step === 'before',
  'once the last step is opened': (event) => event.type === 'step_opened' && event.step === 'after',
};
const isLast = (moment: string): boolean => moment === 'once the last step is opened';

needs('sshd')('a worker that is killed', () => {
  it.each(Object.keys(moments))('%s is succeeded by one that repeats nothing', async (moment) => {
    steps(COUNTS);
    if (isLast(moment)) writeFileSync(machine().path('home/go-on'), '');
    const process = work().begin(...RUN);
    const holds = moments[moment];
    await until(() => holds !== undefined && happened(work(), holds));
    await killed(process);
    const [run = ''] = work().runs();
    letGo();
    await resumed(work(), run);
    await expectOnce(work(), run);
  });

  it('again and again, at any moment, still leads to each line once', async () => {
    steps(COUNTS);
    const process = work().begin(...RUN);
    await until(() => work().runs().length === 1);
    await killed(process);
    const [run = ''] = work().runs();
    for (let tries = 0; tries < 5; tries += 1) {
      if (tries === 2) writeFileSync(machine().path('home/go-on'), '');
      const next = work().begin('resume', run);
      await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 500));
      await killed(next);
    }
    letGo();
    await resumed(work(), run);
    await expectOnce(work(), run);
  });

  it('leaves a job that goes on by itself, and finds its end later', async () => {
    steps(COUNTS);
    const process = work().begin(...RUN);
    await until(() => machine().content('home/lines') !== '');
    await killed(process);
    letGo();
    await until(() => machine().content('home/lines') === counted);
    expect(await machine().left()).toEqual([]);
    const [run = ''] = work().runs();
    await resumed(work(), run);
    await expectOnce(work(), run);
  });
});

needs('sshd')('a worker that is told to stop', () => {
  it('gives the run back with 3 while its job goes on, and the next one finds it', async () => {
    steps(COUNTS);
    const process = work().begin(...RUN);
    await until(() => machine().content('home/lines') !== '');
    process.kill('SIGTERM');
    const { code, err } = await process.ended;
    const [run = ''] = work().runs();
    expect([code, err]).toEqual([3, expect.stringContaining(`changeover resume ${run}`)]);
    expect(work().events(run).at(-1)).toMatchObject({
      type: 'worker_stopped',
      worker: expect.stringContaining('cli '),
    });
    const { out } = await work().changeover('status', run);
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /waits for its next worker.*was stopped at .*, count, (?:goes on|may be under way) on one\. .*changeover resume/,
    );
    letGo();
    await resumed(work(), run);
    expect((await work().changeover('status', run)).out).not.toContain('was stopped');
    await expectOnce(work(), run);
  });
});

const GATED = `
  - id: gate
    timeout: 60s
    run: |
      echo started >>~/started
      until [ -e ~/open ]; do sleep 0.05; done
    on_rollback: {leave: a test}
  - id: beyond
    run: echo beyond >>~/done
    on_rollback: {leave: a test}
`;
const open = (): void => {
  writeFileSync(machine().path('home/open'), '');
};

needs('sshd')('two workers at one run', () => {
  it('resume it at once: one does, the other is told who has it', async () => {
    steps(GATED);
    const process = work().begin(...RUN);
    await until(() => existsSync(machine().path('home/started')));
    await killed(process);
    const [run = ''] = work().runs();
    const both = [work().begin('resume', run), work().begin('resume', run)];
    const first = await Promise.race(both.map((each) => each.ended));
    expect([first.code, first.err]).toEqual([2, expect.stringContaining(`Run ${run} is being worked on by cli `)]);
    open();
    const ends = await Promise.all(both.map((each) => each.ended));
    expect(ends.map(({ code }) => code).toSorted()).toEqual([0, 2]);
    expect([machine().content('home/started'), machine().content('home/done')]).toEqual(['started\n', 'beyond\n']);
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });

  it('while it is worked on, another is refused, also with a decision', async () => {
    steps(GATED);
    const process = work().begin(...RUN);
    await until(() => existsSync(machine().path('home/started')));
    const [run = ''] = work().runs();
    for (const words of [
      ['resume', run],
      ['decide', run, 'abort'],
    ]) {
      const { code, err } = await work().changeover(...words);
      expect([code, err]).toEqual([2, expect.stringContaining('is being worked on by cli ')]);
    }
    open();
    expect(await process.ended).toMatchObject({ code: 0 });
  });

  it('with a journal each: once the second took over, the first can start nothing more', async () => {
    steps(GATED);
    const stalled = work().begin(...RUN);
    await until(() => happened(work(), (event) => event.type === 'job_started'));
    stalled.kill('SIGSTOP');
    const [run = ''] = work().runs();
    const elsewhere = work().other();
    cpSync(work().journal, elsewhere.journal, { recursive: true });
    // As it would be found on another machine: nobody there holds the run.
    rmSync(join(elsewhere.journal, 'locks'), { recursive: true });
    const successor = elsewhere.begin('resume', run);
    await successor.says('picked up again');
    await until(() => existsSync(machine().path(`home/.changeover/runs/${run}/epoch.2`)));
    await killed(successor);

    stalled.kill('SIGCONT');
    open();
    const { code, err } = await stalled.ended;
    expect([code, err]).toEqual([4, expect.stringMatching(/Another worker took run .* over/)]);
    expect(machine().content('home/done')).toBe('');

    await resumed(elsewhere, run);
    expect([machine().content('home/started'), machine().content('home/done')]).toEqual(['started\n', 'beyond\n']);
  });
});

const onTestEnd: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of onTestEnd.splice(0)) await end();
});

const isEnd = (event: RunEvent): boolean => event.type === 'job_finished';

describe('a job', () => {
  needs('sshd')('whose end nobody can tell', () => {
    it('is unknown: neither success nor failure, not repeated by itself, and a person is asked', async () => {
      steps(`
        - id: gone
          timeout: 60s
          run: |
            echo begun >>~/begun
            sleep 300
          on_rollback: {leave: a test}
      `);
      const process = work().begin(...RUN);
      await until(() => machine().content('home/begun') !== '');
      // As when the machine loses its power: nothing is written down any more.
      await machine().killProcesses();
      const { code, out } = await process.ended;
      expect(code).toBe(4);
      expect(out).toContain('unknown');
      expect(machine().content('home/begun')).toBe('begun\n');
      const [run = ''] = work().runs();
      expect(
        work()
          .events()
          .findLast((event) => event.type === 'prompt_opened'),
      ).toMatchObject({ step: 'gone' });
      expect(await work().changeover('resume', run)).toMatchObject({ code: 4 });
      expect(await work().changeover('decide', run, 'abort')).toMatchObject({ code: 1 });
    });

    it('keeps what it had printed also where its host could be asked only later', async () => {
      steps(`
        - id: gone
          timeout: 600s
          run: |
            echo begun >>~/begun
            until [ -e ~/speak ]; do sleep 0.05; done
            echo said unheard
            echo spoken >>~/spoken
            sleep 300
          on_rollback: {leave: a test}
      `);
      const other = await startMachine(undefined, { restarts: true });
      onTestEnd.push(() => other.remove());
      work().inventory({ one: other.entry() });
      const process = work().begin(...RUN);
      await until(() => other.content('home/begun') !== '');
      await killed(process);
      const [run = ''] = work().runs();
      other.sshd.holdDown();
      other.sshd.cutPower();
      writeFileSync(other.path('home/speak'), '');
      await until(() => other.content('home/spoken') !== '');
      const inVain = await work().changeover('resume', run);
      expect(inVain).toMatchObject({ code: 4, out: expect.stringContaining('unknown') });
      expect(work().events().filter(isEnd)).toMatchObject([{ outcome: 'unknown', bytes: { out: 0 } }]);
      await other.killProcesses();
      other.sshd.letUp();

      expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 4 });

      const ends = work().events().filter(isEnd);
      expect(ends.at(-1)).toMatchObject({ outcome: 'unknown', bytes: { out: 'said unheard\n'.length } });
      expect(log(work(), run, 'gone')).toBe('said unheard\n');
      expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
    });
  });
});
