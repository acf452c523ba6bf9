import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { bench, RUN } from './bench.ts';
import { needs } from '../support/needs.ts';
import { until } from './workplace.ts';

const { machine, work, steps } = bench();

/** A step that fails until the file `mended` is there, between two that leave a mark. */
const BREAKS = `
  - id: first
    run: echo one >>~/marks
    on_rollback: {run: rm ~/marks}
  - id: second
    run: |
      echo "trying"
      [ -e ~/mended ] || { echo "not mended" >&2; exit 7; }
    on_rollback: {leave: it does nothing}
  - id: third
    run: echo three >>~/marks
    on_rollback: {leave: the first step removes the file}
`;
const CRITICAL = BREAKS.replace('- id: second', '- id: second\n    critical: true');

const marks = (): string => machine().content('home/marks');
const mend = (): void => {
  writeFileSync(machine().path('home/mended'), '');
};
async function broken(): Promise<string> {
  const { code, err } = await work().changeover(...RUN);
  const [run = ''] = work().runs();
  expect([code, err]).toEqual([3, expect.stringContaining(`changeover decide ${run} `)]);
  return run;
}

needs('sshd')('a decision', () => {
  it('retries once the cause is mended, as a new attempt', async () => {
    steps(BREAKS);
    const run = await broken();
    mend();
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 0 });
    expect(marks()).toBe('one\nthree\n');
    const tries = work()
      .events()
      .filter((event) => event.type === 'job_finished' && event.job.step === 'second');
    expect(tries).toMatchObject([
      { outcome: 'failed', exit_code: 7, job: { attempt: 1 }, captured: { stdout: { text: 'trying\n' } } },
      { outcome: 'changed', exit_code: 0, job: { attempt: 2 } },
    ]);
  });

  it('asks again where a retry fails, under a new name', async () => {
    steps(BREAKS);
    const run = await broken();
    const again = await work().changeover('decide', run, 'retry', '--prompt', 'p1');
    expect([again.code, again.out]).toEqual([3, expect.stringContaining('(p2)')]);
    const late = await work().changeover('decide', run, 'skip', '--prompt', 'p1');
    expect([late.code, late.err]).toEqual([2, expect.stringMatching(/p1 .*answered already.*p2/)]);
  });

  it('skips, and the record says so, and by whom, and never that it went well', async () => {
    steps(BREAKS);
    const run = await broken();
    const { code, out } = await work().changeover('decide', run, 'skip');
    expect([code, marks()]).toEqual([0, 'one\nthree\n']);
    expect(out).toContain('skipped');
    const decided = work()
      .events()
      .filter((event) => event.type === 'decision_made' || event.type === 'step_skipped');
    expect(decided).toMatchObject([
      {
        type: 'decision_made',
        decision: 'skip',
        prompt: 'p1',
        by: { kind: 'terminal', user: expect.stringContaining('@') },
      },
      { type: 'step_skipped', step: 'second', prompt: 'p1' },
    ]);
    expect(work().events().at(-1)).toMatchObject({ status: 'succeeded', because: expect.stringContaining('second') });
    expect((await work().changeover('status', run)).out).toContain('skipped (at p1)');
  });

  it('may not skip a critical step; the refusal says what may be typed, and changes nothing', async () => {
    steps(CRITICAL);
    const run = await broken();
    const before = readFileSync(work().journalFile(), 'utf8');
    const { code, err, out } = await work().changeover('decide', run, 'skip');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('critical');
    expect(err).toContain(`changeover decide ${run} rollback --prompt p1`);
    expect(readFileSync(work().journalFile(), 'utf8')).toBe(before);
  });

  it('is refused for a prompt that was never asked, a word that is no answer, a run that is not there', async () => {
    steps(BREAKS);
    const run = await broken();
    const before = readFileSync(work().journalFile(), 'utf8');
    const refused = async (...words: readonly string[]): Promise<string> => {
      const { code, err } = await work().changeover('decide', ...words);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused(run, 'retry', '--prompt', 'p9')).toMatch(/never asked p9.*p1/);
    expect(await refused(run, 'rety')).toMatch(/retry, skip, rollback, abort/);
    expect(await refused(run, 'continue')).toMatch(/no answer to p1/);
    expect(await refused('20200101-aaaa', 'retry')).toMatch(/no run 20200101-aaaa/);
    expect(readFileSync(work().journalFile(), 'utf8')).toBe(before);
  });

  it('aborts where a run waits: nothing is undone, nothing more is done, and the host is free', async () => {
    steps(BREAKS);
    const run = await broken();
    expect(await work().changeover('decide', run, 'abort')).toMatchObject({ code: 1 });
    expect(marks()).toBe('one\n');
    const late = await work().changeover('decide', run, 'retry');
    expect([late.code, late.err]).toEqual([2, expect.stringContaining('has ended')]);
    expect(await work().changeover('resume', run)).toMatchObject({ code: 1 });
    mend();
    expect(await work().changeover(...RUN, '--no-wait')).toMatchObject({ code: 0 });
  });

  it('rolls back only what the run did', async () => {
    steps(BREAKS);
    const changed = await machine().changedBy(async () => {
      const run = await broken();
      expect(await work().changeover('rollback', run)).toMatchObject({ code: 1 });
    });
    expect(changed).toEqual([]);
    const undone = work()
      .events()
      .filter((event) => event.type === 'job_finished' && event.job.phase === 'undo');
    expect(undone).toMatchObject([{ job: { step: 'first/undo-1' }, outcome: 'changed' }]);
  });

  it.each([
    ['rollback', 'rolled_back', ''],
    ['abort', 'aborted', 'one\n'],
  ])('is not asked for with --on-failure %s', async (what, status, left) => {
    steps(BREAKS);
    const { code, out } = await work().changeover(...RUN, '--on-failure', what);
    expect([code, marks()]).toEqual([1, left]);
    expect(work().events().at(-1)).toMatchObject({ type: 'run_finished', status });
    expect(out).toContain('not mended');
  });
});

describe('at a terminal', () => {
  needs('sshd', 'script')('a person', () => {
    it('is asked before the start and at a failure, and mistyping costs nothing', async () => {
      steps(BREAKS);
      const process = work().beginAtTerminal(80, 'run', 'try', 'demo');
      await process.says('[y/N]');
      expect(work().runs()).toEqual([]);
      process.type('y');
      await process.says('retry / skip / rollback / abort?');
      process.type('retyr');
      await process.says('Please type one of');
      mend();
      process.type('retry');
      const { code, out } = await process.ended;
      expect([code, marks()]).toEqual([0, 'one\nthree\n']);
      expect(out).toContain('not mended');
    });

    it('who presses Ctrl-C gives the run back, and its job goes on', async () => {
      steps(HANGS.replace('wait', 'until [ -e ~/go-on ]; do sleep 0.05; done; : >~/done'));
      const process = work().beginAtTerminal(80, '--yes', 'run', 'try', 'demo');
      await until(() => existsSync(machine().path('home/ready')));
      process.type('\u0003');
      const { code, out } = await process.ended;
      const [run = ''] = work().runs();
      expect([code, out]).toEqual([3, expect.stringContaining(`changeover resume ${run}`)]);
      writeFileSync(machine().path('home/go-on'), '');
      await until(() => existsSync(machine().path('home/done')));
    });

    it('who says no has started nothing', async () => {
      steps(BREAKS);
      const process = work().beginAtTerminal(60, 'run', 'try', 'demo');
      await process.says('[y/N]');
      process.type('n');
      const { code, out } = await process.ended;
      expect([code, work().runs(), marks()]).toEqual([1, [], '']);
      expect(out).toContain('Not started');
    });
  });
});

const HANGS = `
  - id: hang
    timeout: 60s
    run: |
      trap '' TERM
      sleep 301 & echo $! >>~/pids
      (trap '' TERM HUP; echo; while :; do sleep 1; done) & echo $! >>~/pids
      echo $$ >>~/pids
      : >~/ready
      wait
    on_rollback: {leave: it does nothing}
`;

needs('sshd')('an abort of a step at work', () => {
  it('ends everything of the job that lives on the host, though it ignores TERM', async () => {
    steps(HANGS);
    const process = work().begin(...RUN);
    await until(() => existsSync(machine().path('home/ready')));
    process.kill('SIGTERM');
    const { code, err } = await process.ended;
    const [run = ''] = work().runs();
    expect([code, err]).toEqual([3, expect.stringContaining(`changeover resume ${run}`)]);
    const pids = machine().content('home/pids').trim().split('\n').map(Number);
    expect(pids.map(alive)).toEqual([true, true, true]);

    expect(await work().changeover('decide', run, 'abort')).toMatchObject({ code: 1 });
    expect(pids.map(alive)).toEqual([false, false, false]);
    expect(await machine().left()).toEqual([]);
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
    expect(work().events().at(-1)).toMatchObject({ type: 'run_finished', status: 'aborted' });
  });
});

function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
