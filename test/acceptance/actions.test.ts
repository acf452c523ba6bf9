import { writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';

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
