import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { ownMachineIds } from '../support/sshd.ts';
import { bench, RUN } from './bench.ts';
import { startMachine } from './machine.ts';

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
