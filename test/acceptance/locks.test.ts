import { existsSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, procedure } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work } = bench();

/** Says that it has begun, and ends once it is let go. */
const steps = (name: string): string => `
  - id: wait
    run: 'echo begins >~/${name}; until [ -e ~/${name}.go ]; do sleep 0.05; done'
    on_rollback: {leave: a test}`;

needs('sshd')('a name that runs lock', () => {
  it('lets one of them at a time go on, though they share no host, and says for whom the other waits', async () => {
    // The same machine by two names is two hosts to those who never see both.
    work().inventory({ one: machine().entry(), two: machine().entry() });
    work().procedure('demo/first', procedure(steps('first'), 'hosts: [one]\nlock: customer-acme'));
    work().procedure('demo/second', procedure(steps('second'), 'hosts: [two]\nlock: [web, customer-acme]'));
    const first = work().begin('run', 'first', 'demo', '--yes');
    await until(() => existsSync(machine().path('home/first')));
    const [holder = ''] = work().runs();
    expect(await work().changeover('run', 'second', 'demo', '--yes', '--no-wait')).toMatchObject({ code: 3 });
    const second = work().begin('run', 'second', 'demo', '--yes');
    await second.says(`waits for customer-acme: run ${holder} (`);
    expect(existsSync(machine().path('home/second'))).toBe(false);
    for (const name of ['first', 'second']) writeFileSync(machine().path(`home/${name}.go`), '');
    expect(await first.ended).toMatchObject({ code: 0, err: '' });
    expect((await second.ended).code).toBe(0);
  });
});
