import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { ownMachineIds } from '../support/sshd.ts';
import { bench, RUN } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';

const { machine, work, steps } = bench();

needs('sshd')('line, by the command line on a host', () => {
  it('shows its diff, is done once, and is undone to the bit', async () => {
    const file = machine().path('home/app.conf');
    writeFileSync(file, '#port = 1\r\nlast\r\n', { mode: 0o640 });
    const line = `- {id: port, line: {path: ${file}, regexp: '^#?port *=', line: 'port = \${{ params.port }}'}}`;
    steps(line, 'hosts: [one]\nparams: {port: {type: int}}');
    const plan = await work().changeover('plan', 'try', 'demo', '80');
    expect([plan.code, plan.out]).toEqual([0, expect.stringMatching(/-#port = 1\s+\S? *\+port = 80/)]);
    expect(machine().content('home/app.conf')).toBe('#port = 1\r\nlast\r\n');
    expect(await work().changeover(...RUN, '80')).toMatchObject({ code: 0 });
    expect(machine().content('home/app.conf')).toBe('port = 80\r\nlast\r\n');
    const again = await machine().changedBy(async () => {
      expect(await work().changeover(...RUN, '80')).toMatchObject({ code: 0 });
    });
    expect(again).toEqual([]);
    expect(
      work()
        .events()
        .find(({ type }) => type === 'job_finished'),
    ).toMatchObject({ outcome: 'ok' });
    steps(
      `${line}\n- {id: breaks, run: exit 1, on_rollback: {leave: nothing}}`,
      'hosts: [one]\nparams: {port: {type: int}}',
    );
    const back = await machine().changedBy(async () => {
      expect(await work().changeover(...RUN, '81', '--on-failure', 'rollback')).toMatchObject({ code: 1 });
    });
    expect([back, work().events().at(-1)]).toMatchObject([[], { status: 'rolled_back' }]);
  });
});

needs('sshd', 'unshare')('expect and preflight, by the command line on two hosts', () => {
  const both = ownMachineIds() ? it : it.skip;
  both('show the table and touch nothing where it does not hold, else go on', async () => {
    const other = await startMachine(undefined, { machineId: randomBytes(16).toString('hex') });
    try {
      work().inventory({ one: machine().entry(), two: other.entry() }, { all: ['one', 'two'] });
      writeFileSync(machine().path('home/role'), 'production\n');
      writeFileSync(other.path('home/role'), 'production\n');
      const top =
        'hosts: [all]\nparams: {from: {type: host}}\nfacts: {role: cat ~/role, boxes: {run: echo 3, type: int}}';
      steps(
        `
        - {id: change, run: 'echo done >~/done', on_rollback: {leave: a test}}
        - name: roles
          preflight: true
          expect:
            \${{ params.from }}: {role: production, boxes: 3}
            two: {role: development, boxes: any}
      `,
        top,
      );
      const plan = await work().changeover('plan', 'try', 'demo', 'one');
      expect([plan.code, plan.out]).toEqual([
        1,
        expect.stringMatching(/role is "production", wanted\s+is "development"/),
      ]);
      expect(plan.out).toContain('role: wanted development, found production (differs)');
      const refused = await work().changeover(...RUN, 'one');
      expect([refused.code, machine().content('home/done'), other.content('home/done')]).toEqual([1, '', '']);
      writeFileSync(other.path('home/role'), 'development\n');
      const { code, out } = await work().changeover(...RUN, 'one');
      expect([code, out]).toEqual([0, expect.stringContaining('boxes: wanted any, found 3')]);
      expect([machine().content('home/done'), other.content('home/done')]).toEqual(['done\n', 'done\n']);
      const twice = await work().changeover('plan', 'try', 'demo', 'two');
      expect([twice.code, twice.err + twice.out]).toEqual([
        2,
        expect.stringContaining('says twice what role, boxes of two'),
      ]);
    } finally {
      await other.remove();
    }
  });
});

needs(
  'sshd',
  'rsync',
  'ssh',
  'unshare',
)('sync, by the command line', () => {
  const both = ownMachineIds() ? it : it.skip;

  it('shows what it copies and deletes, does it, and is undone to the bit', async () => {
    const home = machine().path('home');
    for (const [name, text] of [
      ['new/a', 'new'],
      ['data/a', 'older'],
      ['data/gone', 'precious'],
    ] as const) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    const step = `- {id: copy, sync: {src: ${home}/new, dest: ${home}/data, delete: true, max_delete: 1, backup_dir: ${home}/kept}}`;
    steps(step);
    const plan = await work().changeover('plan', 'try', 'demo');
    expect([plan.code, plan.out]).toEqual([
      0,
      expect.stringMatching(/1 to copy, 1 to delete, of at most 1[^]*delete gone/),
    ]);
    const changed = await machine().changedBy(async () => {
      expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
    });
    expect(changed.map((line) => line.replace(/: .*/, ''))).toEqual(
      expect.arrayContaining(['- home/data/gone', '~ home/data/a', '+ home/kept/1/gone']),
    );
    const second = step.replace('/new,', '/other,').replace('/kept}', '/kept2}');
    mkdirSync(join(home, 'other'));
    steps(`${second}\n- {id: breaks, run: exit 1, on_rollback: {leave: nothing}}`);
    const back = await machine().changedBy(async () => {
      expect(await work().changeover(...RUN, '--on-failure', 'rollback')).toMatchObject({ code: 1 });
    });
    expect([back, work().events().at(-1)]).toMatchObject([[], { status: 'rolled_back' }]);
  });

  /** Host `two` beside `one`, which copies to it; `trust` lets it in. */
  async function pair(act: (other: Machine, trust: () => void) => Promise<void>): Promise<void> {
    const other = await startMachine(undefined, { machineId: randomBytes(16).toString('hex') });
    try {
      // OpenSSH looks for its files in the user's home by the password file, which these hosts share with the tests.
      machine().before('ssh', `exec /usr/bin/ssh -F '${machine().path('home/.ssh/config')}' "$@"`);
      work().inventory({ one: machine().entry(), two: other.entry() }, { all: ['one', 'two'] });
      mkdirSync(machine().path('home/new'));
      writeFileSync(machine().path('home/new/a b'), 'x');
      steps(
        `
        - id: push
          on: one
          sync:
            src: ${machine().path('home/new')}
            dest: '\${{ params.to }}:${other.path('home/data')}'
            backup_dir: ${other.path('home/kept')}
        - {id: breaks, when: params.breaks, on: one, run: exit 1, on_rollback: {leave: nothing}}
      `,
        'hosts: [all]\nparams: {to: {type: host}, breaks: {type: bool, default: false}}',
      );
      await act(other, () => {
        mkdirSync(machine().path('home/.ssh'), { mode: 0o700 });
        const config = `IdentityFile ${other.sshd.keyFile}\nUserKnownHostsFile ${other.sshd.knownHosts}\n`;
        writeFileSync(machine().path('home/.ssh/config'), config, { mode: 0o600 });
      });
    } finally {
      await other.remove();
    }
  }

  both('from host to host looks in the preflight whether it is let in, by that host’s own trust', async () => {
    await pair(async (_other, trust) => {
      const refused = await work().changeover(...RUN, 'two');
      expect([refused.code, refused.out]).toEqual([1, expect.stringMatching(/cannot reach\s+two/)]);
      trust();
      const plan = await work().changeover('plan', 'try', 'demo', 'two');
      expect([plan.code, plan.out]).toEqual([0, expect.stringMatching(/two:\S+data: 2 to copy[^]*copy a b/)]);
    });
  });

  both('from host to host is done, and undone there', async () => {
    await pair(async (other, trust) => {
      trust();
      const undone = await other.changedBy(async () => {
        const ended = await work().changeover(...RUN, 'two', 'breaks=true', '--on-failure', 'rollback');
        expect([ended.code, ended.out]).toEqual([1, expect.stringContaining('rolled back')]);
      });
      expect(undone).toEqual([]);
      expect(await work().changeover(...RUN, 'two')).toMatchObject({ code: 0 });
      expect(other.content('home/data/a b')).toBe('x');
    });
  });
});
