import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work, steps } = bench();

/** A step that can be held up, and one behind it; each leaves a line. */
const GATED = `
  - id: gate
    timeout: 60s
    run: |
      echo "gate $$" >>~/lines
      until [ -e ~/open ]; do sleep 0.05; done
    on_rollback: {leave: a test}
  - id: beyond
    run: echo beyond >>~/lines
    on_rollback: {leave: a test}`;

const lines = (): string => machine().content('home/lines').replaceAll(/ \d+/g, '');
const open = (): void => {
  writeFileSync(machine().path('home/open'), '');
};
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** A run whose worker is killed in the midst of its first step. */
async function abandoned(): Promise<string> {
  const first = work().begin(...RUN);
  await until(() => lines() === 'gate\n');
  first.kill('SIGKILL');
  await first.ended;
  const [run = ''] = work().runs();
  return run;
}

/** Leaves the lock of a run on the host, as one that could not give it back. */
function lockFor(run: string, note: string): void {
  const folder = machine().path('home/.changeover/lock');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${run}`, `${note}\n`);
}

needs('sshd')('a run that waits for one that may never give back what it has', () => {
  it('asks a person, who is heard only once nothing of the other lives there, and bars it from the host for good', async () => {
    steps(GATED);
    const holder = await abandoned();
    const asked = await work().changeover(...RUN);
    const [, waiting = ''] = work().runs();
    expect([asked.code, flat(asked.out)]).toEqual([
      3,
      expect.stringContaining(`held by run ${holder}: nobody works on it`),
    ]);
    expect(flat(asked.out)).toContain('On one still runs of it: step gate on one, attempt 1.');
    expect(asked.err).toContain(`changeover decide ${waiting} retry|abort`);
    expect(await work().changeover('decide', waiting, 'continue')).toMatchObject({
      code: 2,
      err: expect.stringContaining('still lives'),
    });
    await machine().killProcesses();
    const again = await work().changeover('decide', waiting, 'retry');
    expect([again.code, again.err]).toEqual([3, expect.stringContaining(`decide ${waiting} retry|continue|abort`)]);
    open();
    const gone = await work().changeover('decide', waiting, 'continue');
    expect([gone.code, gone.err, lines()]).toEqual([0, '', 'gate\ngate\nbeyond\n']);
    expect(work().events(waiting)).toContainEqual(
      expect.objectContaining({ type: 'decision_made', decision: 'continue', prompt: 'p2', by: expect.anything() }),
    );
    const late = await work().changeover('resume', holder);
    expect([late.code, flat(late.out)]).toEqual([
      1,
      expect.stringMatching(`closed on one by run ${waiting}, as .* decided there`),
    ]);
    expect(lines()).toBe('gate\ngate\nbeyond\n');
    expect(work().events(holder).at(-1)).toMatchObject({ type: 'run_finished', status: 'aborted' });
    expect(await work().changeover('verify', holder)).toMatchObject({ code: 0 });
    expect(await work().changeover('verify', waiting)).toMatchObject({ code: 0 });
  });

  it('takes what has been left by a run that is over, without asking anybody, and says so', async () => {
    steps(GATED);
    open();
    expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
    const [over = ''] = work().runs();
    rmSync(machine().path(`home/.changeover/closed/${over}`));
    lockFor(over, '{}');
    const { code, out } = await work().changeover(...RUN);
    expect([code, flat(out)]).toEqual([
      0,
      expect.stringContaining(`The lock of one was given back for run ${over}, which had ended`),
    ]);
    expect(existsSync(machine().path(`home/.changeover/closed/${over}`))).toBe(true);
  });

  it('asks about one of another journal, and about one whose record is damaged', async () => {
    steps(GATED);
    open();
    lockFor(
      '20261101-zzzz',
      '{"who":"rita","why":"upgrade pryv","since":"2026-11-01T06:00:00.000Z","where":"acme/ops#7"}',
    );
    const asked = await work().changeover(...RUN);
    const [waiting = ''] = work().runs();
    expect([asked.code, flat(asked.out)]).toEqual([3, expect.stringContaining('it is not in this journal')]);
    expect(flat(asked.out)).toContain('rita asked for it 2026-11-01 06:00:00 UTC in acme/ops#7: upgrade pryv.');
    expect((await work().changeover('status')).out).toContain('waits for an answer');
    expect(await work().changeover('decide', waiting, 'continue')).toMatchObject({ code: 0 });
    expect(lines()).toBe('gate\nbeyond\n');
    appendFileSync(work().journalFile(waiting), 'garbage\n');
    lockFor(waiting, '{}');
    rmSync(machine().path(`home/.changeover/closed/${waiting}`));
    const second = await work().changeover(...RUN);
    const [, third = ''] = work().runs();
    expect([second.code, flat(second.out)]).toEqual([3, expect.stringContaining('its record is damaged')]);
    expect(await work().changeover('decide', third, 'abort')).toMatchObject({ code: 1 });
    expect(lines()).toBe('gate\nbeyond\n');
  });
});
