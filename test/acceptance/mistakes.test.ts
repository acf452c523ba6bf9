import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';
import { eventsIn } from './workplace.ts';

const { machine, work, steps } = bench();

const GOOD = '- {id: mark, run: echo done >>~/marks, on_rollback: {run: rm ~/marks}}';
const WITH_PARAM = [
  'params:',
  '  version: {description: the new version, type: string, pattern: "^\\\\d+$", required: true}',
  '  from: {description: the old one, type: string, default: "1"}',
  'hosts: [one]',
].join('\n');

/** Exit 2 with words on standard error, and nothing was started. */
async function refused(words: readonly string[], ...says: readonly (string | RegExp)[]): Promise<string> {
  const { code, out, err } = await work().changeover(...words);
  expect([words, code, out]).toEqual([words, 2, '']);
  for (const each of says) expect(err).toMatch(each);
  expect(work().runs()).toEqual([]);
  expect(existsSync(machine().path('home/.changeover'))).toBe(false);
  return err;
}

needs('sshd', 'shellcheck')('a mistake', () => {
  it('in a call names what was meant and what to type', async () => {
    steps(GOOD, WITH_PARAM);
    await refused(['run', 'tri', 'demo', '1', '--yes'], /Did you mean `changeover run try demo`/);
    await refused(['plan', 'try', 'dmo', '1'], /Did you mean `changeover plan try demo`/);
    await refused(['run', 'try', 'demo', '2', 'form=1', '--yes'], /did you mean "from"/);
    await refused(
      ['run', 'try', 'demo', '--yes'],
      /`version` is missing .*changeover run try demo <version> \[from=1\]/,
    );
    await refused(['run', 'try', 'demo', 'two', '--yes'], /`two` does not match/);
    await refused(['run', 'try', 'demo', '2', '1', '3', '--yes'], /changeover run try demo <version>/);
    await refused(['run', 'try', 'demo', '2', 'version=3', '--yes'], /version/);
    await refused(['run', 'try'], /missing required argument 'system'/);
    await refused(['rnu', 'try', 'demo'], /unknown command 'rnu'/);
    await refused(['run', 'try', 'demo', '2', '--yse'], /unknown option '--yse'.*\n?.*--yes/);
    await refused(['run', 'try', 'demo', '2', '--on-failure', 'panic'], /panic/);
    await refused(['run', 'retry', 'demo'], /retry/);
    await refused(['run', 'try', 'demo', '2', 'at', '2026-03-16T06:00+01:00', '--yes'], /later/);
    await refused(['run', 'try', 'demo', '2', 'environment=rehearsal', '--yes'], /environment/);
  });

  it('in a procedure is told at its place, each one of them, by lint as by a run', async () => {
    work().procedure(
      'demo/try',
      [
        'description: x',
        'hosts: [onee]',
        'stesp: []',
        'steps:',
        '  - id: a',
        '    run: "true"',
        '    chdri: /tmp',
        '    on_rollback: {leave: x}',
        '  - id: a',
        '    run: echo ${{ params.version }}',
        '    on_rollback: {leave: x}',
      ].join('\n'),
    );
    const file = join(work().folder, 'procedures/demo/try.yml');
    const found = await refused(RUN, `${file}:3:1: `, `${file}:7:5: `, /did you mean/i);
    const lint = await work().changeover('lint');
    expect([lint.code, lint.err]).toEqual([2, '']);
    expect(lint.out).toBe(found);
    for (const line of lint.out.trimEnd().split('\n')) expect(line).toMatch(/^\/.+\.yml:\d+:\d+: \S/);
    const one = await work().changeover('lint', file);
    expect([one.code, one.out]).toEqual([2, found]);
  });

  it('in a script is told where ShellCheck is installed; where it is not, that scripts were not checked', async () => {
    steps('- {run: echo "$nope", read_only: true}');
    const line = /^\/.+demo\/try\.yml:\d+:\d+: nope is referenced but not assigned \(ShellCheck SC2154; .+\)\n$/;
    expect(await work().changeover('lint')).toEqual({ code: 2, out: expect.stringMatching(line), err: '' });
    const without = { PATH: join(work().folder, 'nothing') };
    const words = 'Scripts were not checked: shellcheck is not installed (on Debian: apt install shellcheck).\n';
    expect(await work().changeoverWith(without, 'lint')).toEqual({ code: 0, out: '1 procedure: clean\n', err: words });
    expect(await work().changeoverWith(without, '--json', 'lint')).toEqual({ code: 0, out: '', err: '' });
  });

  it('in YAML itself, or in the inventory, is told at its place', async () => {
    steps(GOOD);
    const inventory = join(work().folder, 'inventory.yml');
    work().inventory('hosts:\n  one:\n    adress: 127.0.0.1\n    user: root\n');
    await refused(RUN, `${inventory}:3:5: `, /address/);
    work().inventory('hosts: {one: [\n');
    await refused(RUN, new RegExp(`${inventory}:\\d+:\\d+: `));
    work().inventory({ two: machine().entry() });
    await refused(RUN, /try\.yml:\d+:\d+: .*one/);
    work().inventory({ one: machine().entry() });
    work().procedure('demo/try', 'description: "x\nsteps: [');
    await refused(RUN, /try\.yml:\d+:\d+: /);
    work().procedure('demo/try', '');
    await refused(RUN, /try\.yml:1:1: /);
  });

  it('of a place: no inventory, no procedures, no such file', async () => {
    const empty = join(work().folder, 'empty');
    steps(GOOD);
    await refused([...RUN, '--inventory', join(empty, 'inventory.yml')], /inventory\.yml:1:1: there is no inventory/);
    await refused([...RUN, '--procedures', empty], /There are no procedures yet/);
    const lint = await work().changeover('lint', join(empty, 'try.yml'));
    expect([lint.code, lint.out]).toEqual([2, expect.stringContaining('there is no such file')]);
  });
});

needs('sshd')('the command line', () => {
  it('starts nothing without a terminal and without --yes, and says what to add', async () => {
    steps(GOOD);
    const { code, out, err } = await work().changeover('run', 'try', 'demo');
    expect([code, out, err]).toEqual([3, '', expect.stringContaining('add --yes')]);
    expect(work().runs()).toEqual([]);
    expect(machine().content('home/marks')).toBe('');
  });

  it('with --json writes events and nothing else on standard output, whatever happens', async () => {
    steps(`
      - id: fails
        run: echo loud; exit 5
        on_rollback: {run: 'true'}
    `);
    const run = await work().changeover('--json', ...RUN);
    expect(run.code).toBe(3);
    expect(eventsIn(run.out)).toEqual(work().events());
    const [id = ''] = work().runs();
    expect(run.err).toContain(`changeover decide ${id} retry|skip|rollback|abort`);
    const before = work().events().length;
    const back = await work().changeover('--json', 'rollback', id);
    expect([back.code, eventsIn(back.out)]).toEqual([1, work().events().slice(before)]);
    const status = await work().changeover('--json', 'status', id);
    expect([status.code, eventsIn(status.out)]).toEqual([0, work().events()]);
    const plan = await work().changeover('--json', 'plan', 'try', 'demo');
    expect([plan.code, eventsIn(plan.out)]).toEqual([0, work().events()]);
    for (const words of [
      ['lint'],
      ['run', 'nothing', 'demo', '--yes'],
      ['decide', id, 'retry'],
      ['logs', id, 'nothing'],
      ['status', '20200101-aaaa'],
    ]) {
      expect((await work().changeover('--json', ...words)).out).toBe('');
    }
  });

  it('lists the runs, newest first, and shows one step by step', async () => {
    expect((await work().changeover('status')).out).toBe('There are no runs yet.\n');
    steps(GOOD);
    await work().changeover('plan', 'try', 'demo');
    await work().changeover(...RUN);
    const [first = '', second = ''] = work().runs();
    const { code, out } = await work().changeover('status');
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`${second} {2}succeeded[^]*${first}[^]*dryrun`))]);
    const one = await work().changeover('status', second);
    expect([one.code, one.out]).toEqual([0, expect.stringMatching(/mark \(mark\)\n +one: changed/)]);
    expect(await work().changeover('status', '20200101-aaaa')).toMatchObject({ code: 2 });
  });

  it('refuses to go on by files that are not what was planned, unless told to', async () => {
    steps(GOOD.replace('>>~/marks', '>>~/marks && test -e ~/fine'));
    await work().changeover(...RUN);
    const [run = ''] = work().runs();
    expect(run).not.toBe('');
    steps(GOOD.replace('done', 'other'));
    const { code, err } = await work().changeover('decide', run, 'retry');
    expect([code, err]).toEqual([2, expect.stringContaining('--recorded-plan')]);
    expect(machine().content('home/marks')).toBe('done\n');
    expect(await work().changeover('decide', run, 'rollback', '--recorded-plan')).toMatchObject({ code: 1 });
    expect(machine().content('home/marks')).toBe('');
  });
});
