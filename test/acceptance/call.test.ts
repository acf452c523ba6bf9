import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, procedure, RUN } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work, steps } = bench();

/** What is called: its own value, var and fact; it fails where `~/full` is, and stays where `~/stay` is. */
const PART = procedure(
  `
  - {id: look, run: 'cat ~/release', read_only: true}
  - id: conf
    file: {path: 'DIR/app.conf', src: files/app.conf}
  - id: write
    env: {WAS: '\${{ facts.release }}', SEEN: '\${{ steps.look.stdout }}'}
    timeout: 60s
    run: |
      echo "$to $note $WAS $SEEN \${version:-none}"
      echo "$to" >>~/written
      [ ! -e ~/full ] || { echo "no space" >&2; exit 3; }
      while [ -e ~/stay ]; do sleep 0.05; done
    on_rollback: {run: 'sed -i "\\$d" ~/written; [ -s ~/written ] || rm ~/written'}
`,
  `hosts: [one]
params: {to: {pattern: 'v\\d'}}
vars: {note: 'of \${{ params.to }}'}
facts: {release: cat ~/release}
rollback: [{id: seen, run: 'echo "$to is back" >>~/back', read_only: true}]`,
);

const CALLER = `
  - {id: before, run: echo before >>~/marks, on_rollback: {run: rm ~/marks}}
  - id: part
    when: facts.wanted
    call: {procedure: other/part, with: {to: 'v\${{ params.version }}'}}
  - {id: after, run: 'echo "after $HOW" >>~/marks', env: {HOW: '\${{ steps.part.outcome }}'}, on_rollback: {leave: a test}}
`;
const TOP =
  'hosts: [one]\nparams: {version: {default: "2"}}\nfacts: {wanted: {run: test -e ~/wanted, type: bool}, release: echo callers}';

function begin(caller = CALLER, part = PART): void {
  for (const name of ['wanted', 'release']) writeFileSync(machine().path(`home/${name}`), `${name}\n`);
  steps(caller, TOP);
  work().procedure('other/part', part.replaceAll('DIR', machine().path('home')));
  beside('of the called procedure\n');
}

/** Writes the file that the called procedure sends. */
function beside(text: string): void {
  const path = join(work().folder, 'procedures/other/files/app.conf');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const run = (): string => work().runs().at(-1) ?? '';
const marks = (): string => machine().content('home/marks');

needs('sshd')('a procedure that another calls', () => {
  it('is looked at by a dry run, and then done as part of the run, with its own values and files', async () => {
    begin();
    const look = await work().changeover('plan', 'try', 'demo');
    expect([look.code, look.err]).toEqual([0, '']);
    expect(look.out).toMatch(/part\/write[^]*with to=v2[^]*with note=of v2/);
    expect(marks()).toBe('');

    const { code, err } = await work().changeover(...RUN);
    expect([code, err]).toEqual([0, '']);
    expect([marks(), machine().content('home/written')]).toEqual(['before\nafter changed\n', 'v2\n']);
    expect(machine().content('home/app.conf')).toBe('of the called procedure\n');
    const logs = await work().changeover('logs', run(), 'part/write');
    expect(logs.out).toContain('--- part/write on one, apply attempt 1\nv2 of v2 release release none\n');
    // A step's name is one folder, wherever files are named after it.
    expect(readdirSync(join(work().journal, 'logs', run(), 'one')).sort()).toEqual([
      ...['after', 'before', 'part%2Flook', 'part%2Fwrite'].filter((name) => existsSync(logOf(name))),
    ]);
    expect(await work().changeover('verify', run())).toMatchObject({ code: 0 });
    const status = await work().changeover('status', run());
    expect(status.out).toContain('part/conf');
  });

  it('is passed over as a whole where the condition does not hold', async () => {
    begin(CALLER.replace('facts.wanted', '"!facts.wanted"'));
    const { code, out } = await work().changeover(...RUN);
    expect(code).toBe(0);
    expect([marks(), existsSync(machine().path('home/written'))]).toEqual(['before\nafter skipped\n', false]);
    expect(out).toMatch(/part\/write\n {2}one: skipped \(not needed here\)/);
  });

  it('is taken back with all the rest where one of its steps fails, so that everything is as before', async () => {
    begin();
    writeFileSync(machine().path('home/app.conf'), 'mine\n');
    writeFileSync(machine().path('home/full'), '');
    const changed = await machine().changedBy(async () => {
      const stopped = await work().changeover(...RUN);
      expect([stopped.code, stopped.out]).toEqual([3, expect.stringContaining('no space')]);
      expect(machine().content('home/app.conf')).toBe('of the called procedure\n');
      const back = await work().changeover('decide', run(), 'rollback');
      expect([back.code, back.err]).toEqual([1, '']);
      expect(machine().content('home/back')).toBe('v2 is back\n');
      rmSync(machine().path('home/back'));
    });
    expect(changed).toEqual([]);
    expect(work().events().at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
    expect(await work().changeover('verify', run())).toMatchObject({ code: 0 });
  });

  it('goes on after a step of it that is skipped, or tried again', async () => {
    begin();
    writeFileSync(machine().path('home/full'), '');
    expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
    expect(await work().changeover('decide', run(), 'skip')).toMatchObject({ code: 0 });
    expect(marks()).toBe('before\nafter changed\n');
    expect(
      work()
        .events()
        .filter(({ type }) => type === 'step_skipped'),
    ).toMatchObject([{ step: 'part/write' }]);
  });

  it('is gone on with by the next worker where one was killed in the midst of its step, and repeats nothing', async () => {
    begin();
    writeFileSync(machine().path('home/stay'), '');
    const first = work().begin(...RUN);
    await until(() => machine().content('home/written') !== '');
    first.kill('SIGKILL');
    await first.ended;
    rmSync(machine().path('home/stay'));
    expect(await work().changeover('resume', run())).toMatchObject({ code: 0, err: '' });
    expect([marks(), machine().content('home/written')]).toEqual(['before\nafter changed\n', 'v2\n']);
    expect(readFileSync(`${logOf('part%2Fwrite')}/-/apply.1.out`, 'utf8')).toBe('v2 of v2 release release none\n');
  });

  it('is part of the plan: once it has changed, the run does not go on', async () => {
    begin();
    writeFileSync(machine().path('home/full'), '');
    expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
    beside('another\n');
    const refused = await work().changeover('decide', run(), 'retry');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('has changed since run')]);
  });

  it('is checked with its caller, each mistake told once and in its own file', async () => {
    begin(CALLER, PART.replace('steps:', 'steps:\n  - {rnu: x}'));
    const { code, out } = await work().changeover('lint');
    expect(code).toBe(2);
    expect(out.trim().split('\n')).toEqual([
      expect.stringMatching(/procedures\/other\/part\.yml:\d+:6: unknown key "rnu"; did you mean "run"\?$/),
    ]);
    begin(CALLER.replace('other/part', 'other/prat'));
    expect((await work().changeover('lint')).out).toMatch(
      /demo\/try\.yml:\d+:23: there is no procedure other\/prat.*did you mean "other\/part"\?/,
    );
  });

  it('is explained in its place', async () => {
    begin();
    const { code, out } = await work().changeover('explain', 'try', 'demo');
    expect(code).toBe(0);
    expect(out).toMatch(/### 2\. part[^]*export to="v\$\{version\}"[^]*### 2\.3\. part\/write[^]*### 3\. after/);
    expect(out).toMatch(/## The way back[^]*Back from 2\.3\. part\/write[^]*Back from 1\. before/);
  });
});

const logOf = (step: string): string => join(work().journal, 'logs', run(), 'one', step);
