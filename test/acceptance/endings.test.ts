import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, procedure, RUN } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work } = bench();

const marks = (): string => machine().content('home/marks');
const there = (name: string): void => {
  writeFileSync(machine().path(`home/${name}`), '');
};
const lock = (): boolean => existsSync(machine().path('home/.changeover/lock'));

const FIRST = 'echo first >>~/marks';
/** Waits there until it is let go. */
const HELD = 'until [ -e ~/go-on ]; do sleep 0.05; done';

/** One step that is undone, a second as given, and both lists. */
function written(second: string, more = ''): void {
  const steps = `
    - id: first
      run: ${FIRST}
      on_rollback: {run: echo undone >>~/marks}
    - id: second
      timeout: 60s
      run: |
        ${second}
        echo second >>~/marks
      on_rollback: {leave: the first step's undo tells}
  `;
  const lists = `
rollback:
  - id: back
    run: '[ ! -e ~/broken ] && echo back >>~/marks'
  - comment: "The old one is back; the second step is \${{ steps.second.outcome }}."
always:
  - id: open
    timeout: 60s
    ${more}
    run: |
      echo open >>~/marks
      [ ! -e ~/hold ] || { ${HELD}; }
      [ ! -e ~/shut ]
  - comment: "It is over; open is \${{ steps.open.outcome }}."
`;
  work().procedure('demo/try', procedure(steps) + lists);
}

needs('sshd')('what a procedure does at a run’s end', () => {
  it('is shown by a dry run under headings of its own, and not done', async () => {
    written('true');
    const { code, out } = await work().changeover('plan', 'try', 'demo');
    expect(code).toBe(0);
    expect(out).toMatch(/If it is rolled back, after the last undo:\n +1 back[^]*\| \[ ! -e ~\/broken \]/);
    expect(out).toMatch(/At the end, whatever happened:\n +1 open \(open\)\n +one: would run/);
    expect(marks()).toBe('');
    expect((await work().changeover('explain', 'try', 'demo')).out).toMatch(/## After the way back[^]*## At the end/);
  });

  it('is done after success', async () => {
    written('true');
    const { code, out } = await work().changeover(...RUN);
    expect([code, marks()]).toEqual([0, 'first\nsecond\nopen\n']);
    expect(out).toMatch(/\[always 1\/2\] open\n +one: changed[^]*\| It is over; open is changed\./);
    expect(work().events().at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
    expect(await work().changeover('verify', work().runs()[0] ?? '')).toMatchObject({ code: 0 });
    expect((await work().changeover('logs', work().runs()[0] ?? '', 'open')).out).toContain('--- open on one, apply');
  });

  it('that fails makes a run fail that had succeeded, and the rest of it is done all the same', async () => {
    written('true');
    there('shut');
    const { code, out } = await work().changeover(...RUN);
    expect([code, marks()]).toEqual([1, 'first\nsecond\nopen\n']);
    expect(out).toContain('| It is over; open is failed.');
    expect(work().events().at(-1)).toMatchObject({
      status: 'failed',
      because: expect.stringContaining('but at its end step open'),
    });
  });

  it('follows a rollback and what comes after that', async () => {
    written('exit 9');
    const { code, out } = await work().changeover(...RUN, '--on-failure', 'rollback');
    expect([code, marks()]).toEqual([1, 'first\nundone\nback\nopen\n']);
    expect(out).toMatch(
      /\[undo 1\/1\][^]*\[rollback 1\/2\] back[^]*\| The old one is back; the second step is failed\./,
    );
    expect(work().events().at(-1)).toMatchObject({ status: 'rolled_back' });
    expect((await work().changeover('status', work().runs()[0] ?? '')).out).toMatch(/After the undo\n[^]*At the end/);
  });

  it('waits for an answer where what follows a rollback fails, and goes on once that is mended', async () => {
    written('exit 9');
    there('broken');
    const stopped = await work().changeover(...RUN);
    const [run = ''] = work().runs();
    expect([stopped.code, stopped.out]).toEqual([
      3,
      expect.stringMatching(/after the undo: back on one[^]*at the end/),
    ]);
    const asks = await work().changeover('rollback', run);
    expect([asks.code, asks.err]).toEqual([3, expect.stringContaining(`changeover decide ${run} retry|skip|abort`)]);
    expect(marks()).toBe('first\nundone\n');
    rmSync(machine().path('home/broken'));
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 1 });
    expect([marks(), lock()]).toEqual(['first\nundone\nback\nopen\n', false]);
    expect(work().events().at(-1)).toMatchObject({ status: 'rolled_back' });
  });

  it('is done after an abort, once the job under way is dead', async () => {
    written(`echo begun >>~/marks; ${HELD}`);
    const process = work().begin(...RUN);
    await until(() => marks() === 'first\nbegun\n');
    process.kill('SIGINT');
    await process.ended;
    const [run = ''] = work().runs();
    const aborted = await work().changeover('decide', run, 'abort');
    expect([aborted.code, marks()]).toEqual([1, 'first\nbegun\nopen\n']);
    expect(aborted.out).toMatch(/the run comes to its end: aborted by/);
    there('go-on');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(marks()).toBe('first\nbegun\nopen\n');
    expect(work().events().at(-1)).toMatchObject({ status: 'aborted' });
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });

  it('is done once, though the worker is killed in it', async () => {
    written('true');
    there('hold');
    const process = work().begin(...RUN);
    await until(() => marks() === 'first\nsecond\nopen\n');
    process.kill('SIGKILL');
    await process.ended;
    const [run = ''] = work().runs();
    expect((await work().changeover('status', run)).out).toMatch(/is running[^]*At the end, as always\n +1 open/);
    const next = work().begin('resume', run);
    await next.says('picked up again');
    there('go-on');
    expect(await next.ended).toMatchObject({ code: 0 });
    expect([marks(), lock()]).toEqual(['first\nsecond\nopen\n', false]);
    const events = work().events();
    expect(events.filter(({ type }) => type === 'always_started')).toHaveLength(1);
    const ends = events.filter((event) => event.type === 'job_finished' && event.job.step === 'open');
    expect(ends).toMatchObject([{ outcome: 'changed', job: { attempt: 1 } }]);
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });

  it('is given up by an abort of its own', async () => {
    written('true');
    there('hold');
    const process = work().begin(...RUN);
    await until(() => marks() === 'first\nsecond\nopen\n');
    process.kill('SIGKILL');
    await process.ended;
    const [run = ''] = work().runs();
    const { code, out } = await work().changeover('decide', run, 'abort');
    expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringMatching(/but what is always done at its end was aborted by/),
    ]);
    expect(work().events().at(-1)).toMatchObject({ status: 'aborted' });
    expect([marks(), lock()]).toEqual(['first\nsecond\nopen\n', false]);
  });

  it('is not done where the run never began', async () => {
    work().procedure(
      'demo/try',
      procedure("- assert: {run: 'false'}\n- {id: one, run: x, on_rollback: {leave: a test}}") +
        'always: [{id: open, run: echo open >>~/marks}]\n',
    );
    expect(await work().changeover(...RUN)).toMatchObject({ code: 1 });
    expect(marks()).toBe('');
  });

  it('is refused with its place where it cannot mean anything', async () => {
    written('true', 'on_failure: abort');
    const { code, out, err } = await work().changeover('lint');
    expect([code, `${out}${err}`]).toEqual([
      2,
      expect.stringMatching(/try\.yml:21:5: there is no way back from what is done at the end of every run/),
    ]);
  });
});
