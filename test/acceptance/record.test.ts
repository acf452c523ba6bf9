import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { NO_HASH, seal } from '../../src/run/chain.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';

const { machine, work, steps } = bench();

/** Two steps; the second fails, so that the run waits for a decision. */
const WAITS = `
  - id: first
    run: echo first >>~/done
    on_rollback: {leave: a test}
  - id: second
    run: echo second >>~/done; exit 1
    on_rollback: {leave: a test}
`;

async function waiting(): Promise<string> {
  steps(WAITS);
  expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
  return work().runs()[0] ?? '';
}

/** Ends a waiting run by hand. */
async function aborted(run: string): Promise<void> {
  expect(await work().changeover('decide', run, 'abort')).toMatchObject({ code: 1 });
}

const done = (): string => machine().content('home/done');
const hashesIn = (run: string): readonly string[] =>
  work()
    .events(run)
    .slice(1)
    .map(({ prev }) => prev);

/** Writes the journal anew with other events, each chained to the one before as if it had always been so. */
function forge(run: string, change: (event: RunEvent) => RunEvent | undefined): void {
  let head = NO_HASH;
  const lines = work()
    .events(run)
    .flatMap((event) => change(event) ?? [])
    .map(({ seq: _seq, at, run: of, prev: _prev, ...body }, index) => {
      const sealed = seal(head, index + 1, of, at, body);
      head = sealed.hash;
      return sealed.line;
    });
  writeFileSync(work().journalFile(run), lines.map((line) => `${line}\n`).join(''));
}

/** As if the first step had taken longer. */
const longer = (event: RunEvent): RunEvent =>
  event.type === 'job_finished' && event.job.step === 'first'
    ? { ...event, duration_ms: event.duration_ms + 1 }
    : event;

needs('sshd')('an old copy of the journal', () => {
  const putBack = (run: string): void => {
    copyFileSync(`${work().journalFile(run)}.old`, work().journalFile(run));
  };

  it('put back after a retry has run is refused, and nothing is started', async () => {
    const run = await waiting();
    copyFileSync(work().journalFile(run), `${work().journalFile(run)}.old`);
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 3 });
    const whole = readFileSync(work().journalFile(run));
    expect(done()).toBe('first\nsecond\nsecond\n');
    putBack(run);
    for (const words of [
      ['decide', run, 'retry'],
      ['decide', run, 'rollback'],
      ['resume', run],
    ]) {
      const { code, err } = await work().changeover(...words);
      expect([code, err]).toEqual([2, expect.stringContaining(`The journal of run ${run} is not whole`)]);
      expect(err).toContain('second on one, attempt 2');
      expect(err).toContain('Nothing was started.');
    }
    expect(done()).toBe('first\nsecond\nsecond\n');
    expect(await work().changeover('verify', run)).toMatchObject({
      code: 1,
      out: expect.stringContaining('step second on one, apply 2'),
    });

    writeFileSync(work().journalFile(run), whole);
    await aborted(run);
  });

  it('put back after the run has ended is refused too', async () => {
    const run = await waiting();
    copyFileSync(work().journalFile(run), `${work().journalFile(run)}.old`);
    await aborted(run);
    putBack(run);

    const { code, err } = await work().changeover('decide', run, 'retry');

    expect([code, err]).toEqual([2, expect.stringContaining("the run's end on one")]);
    expect(done()).toBe('first\nsecond\n');
  });
});

needs('sshd')('a journal that is whole by its hashes, and not what Changeover writes', () => {
  const meanings: readonly (readonly [string, (event: RunEvent) => RunEvent])[] = [
    ['a type of event that is not known', (event) => changed(event, 'job_started', { type: 'job_paused' })],
    ['no plan', (event) => changed(event, 'run_requested', { plan: null })],
    ['a plan of other parts', (event) => changed(event, 'run_requested', { plan: { steps: 'none' } })],
    ['tasks that are none', (event) => changed(event, 'step_opened', { tasks: 7 })],
  ];
  const changed = (event: RunEvent, type: string, changes: Readonly<Record<string, unknown>>): RunEvent =>
    event.type === type ? { ...event, ...changes } : event;

  it.each(meanings)('but holds %s, is told of as such, and nothing is started', async (_, change) => {
    const run = await waiting();
    forge(run, change);
    const text = readFileSync(work().journalFile(run));
    for (const words of [
      ['resume', run],
      ['decide', run, 'retry'],
      ['rollback', run],
      ['status', run],
    ]) {
      const { code, err } = await work().changeover(...words);
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`The journal of run ${run} was written by a newer version`),
      ]);
    }
    expect(await work().changeover('verify', run)).toMatchObject({ code: 1 });
    expect(await work().changeover('status')).toMatchObject({ err: expect.stringContaining('by a newer version') });
    expect(readFileSync(work().journalFile(run))).toEqual(text);
    expect(done()).toBe('first\nsecond\n');
  });
});

needs('sshd')('verify compares what a host holds with the journal', () => {
  it('while the run goes on: each job folder carries the head of the moment it was ordered', async () => {
    const run = await waiting();
    expect(await work().changeover('verify', run)).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 logs and 2 hashes on its hosts'),
      err: '',
    });

    forge(run, longer);

    const { code, out } = await work().changeover('verify', run);
    expect(code).toBe(1);
    expect(out).toMatch(/^step second on one, apply 1: .* names an event that this journal does not have/m);
    expect(out).not.toContain('step first on one');
    expect(await work().changeover('verify', work().journalFile(run))).toMatchObject({ code: 0 });
  });

  it('and knows a job that is told of before it was ordered', async () => {
    const run = await waiting();
    const folder = `home/.changeover/runs/${run}/one`;
    const [first, second] = ['first', 'second'].map((step) => machine().path(`${folder}/${step}/-/apply.1/start`));
    const headOf = (path = ''): string => /[0-9a-f]{64}/.exec(readFileSync(path, 'utf8'))?.[0] ?? '';
    const other = headOf(second);
    writeFileSync(first ?? '', readFileSync(first ?? '', 'utf8').replace(headOf(first), other));

    expect(await work().changeover('verify', run)).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^step first on one, apply 1: event \d+ tells of it, but .* ordered after event \d+$/m,
      ),
    });
  });

  it('when it is over: the mark that stays holds the last head', async () => {
    const run = await waiting();
    await aborted(run);
    expect(await work().changeover('verify', run)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 hash on its hosts'),
      err: '',
    });
    const whole = readFileSync(work().journalFile(run));

    forge(run, longer);
    const changed = await work().changeover('verify', run);
    writeFileSync(work().journalFile(run), whole);
    forge(run, (event) => (event.type === 'run_finished' ? undefined : event));
    const cut = await work().changeover('verify', run);

    expect([changed.code, changed.out]).toEqual([1, expect.stringContaining("which is not this journal's last one")]);
    expect([cut.code, cut.out]).toEqual([1, expect.stringContaining('its last events are missing')]);
  });

  it('and says which hosts it could not ask, or which hold nothing any more; neither counts as a change', async () => {
    const run = await waiting();
    await aborted(run);
    writeFileSync(machine().path(`home/.changeover/closed/${run}`), '');
    const gone = await work().changeover('verify', run);
    await machine().sshd.stop();
    const down = await work().changeover('verify', run);

    expect([gone.code, gone.err]).toEqual([0, expect.stringContaining('one holds no hash of the run any more')]);
    expect([down.code, down.err]).toEqual([0, expect.stringContaining('one could not be asked')]);
    expect(down.out).toContain(`Run ${run} is intact`);
  });
});

needs('sshd')('verify --head', () => {
  it('finds the event whose hash a comment shows, and fails where there is none', async () => {
    const run = await waiting();
    const [first = '', ...later] = hashesIn(run);
    for (const shown of [first, first.slice(0, 8).toUpperCase(), later.at(-1) ?? '']) {
      expect(await work().changeover('verify', run, '--head', shown)).toMatchObject({ code: 0 });
    }
    expect(await work().changeover('verify', run, '--head', first)).toMatchObject({
      out: expect.stringContaining(`${first} is the hash of event 1 of`),
    });

    forge(run, longer);

    expect(await work().changeover('verify', work().journalFile(run), '--head', later.at(-1) ?? '')).toMatchObject({
      code: 1,
      out: expect.stringContaining(`No event of run ${run} has the hash`),
    });
  });

  it('refuses what is no hash, and says what to give', async () => {
    const run = await waiting();
    for (const wrong of ['abc', 'g'.repeat(64), 'a'.repeat(65)]) {
      expect(await work().changeover('verify', run, '--head', wrong)).toMatchObject({
        code: 2,
        err: expect.stringContaining('first eight digits'),
      });
    }
  });
});
