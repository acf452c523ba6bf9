import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work, steps } = bench();

needs('sshd')('a rollback', () => {
  it('puts back by itself what files, folders, links, moves and services were', async () => {
    const home = machine().path('home');
    mkdirSync(`${home}/etc`);
    writeFileSync(`${home}/etc/kept.conf`, 'old\n', { mode: 0o640 });
    writeFileSync(`${home}/etc/gone.conf`, 'to be removed\n');
    writeFileSync(`${home}/etc/moved.conf`, 'to be moved\n');
    symlinkSync('kept.conf', `${home}/etc/current`);
    steps(`
      - {id: kept, file: {path: ${home}/etc/kept.conf, content: 'new', mode: '0600'}}
      - {id: fresh, file: {path: ${home}/etc/fresh.conf, content: 'fresh'}}
      - {id: folder, file: {path: ${home}/etc/conf.d, state: directory, mode: '0700'}}
      - {id: inside, file: {path: ${home}/etc/conf.d/a.conf, content: 'a'}}
      - {id: gone, file: {path: ${home}/etc/gone.conf, state: absent}}
      - {id: current, symlink: {path: ${home}/etc/current, target: fresh.conf}}
      - {id: link, symlink: {path: ${home}/etc/link, target: kept.conf}}
      - {id: moved, move: {src: ${home}/etc/moved.conf, dest: ${home}/etc/conf.d/moved.conf}}
      - {id: cron, service: {name: cron.service, state: stopped, enabled: false}}
      - {id: there-already, file: {path: ${home}/etc, state: directory}}
      - {id: breaks, run: 'exit 9', on_rollback: {leave: it does nothing}}
    `);
    const plan = await work().changeover('plan', 'try', 'demo');
    expect([plan.code, plan.out]).toEqual([0, expect.stringMatching(/-old[^]*\+new/)]);
    let between: readonly string[] = [];
    const changed = await machine().changedBy(async () => {
      between = await machine().changedBy(async () => {
        expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
      });
      expect(await work().changeover('rollback', work().runs()[1] ?? '')).toMatchObject({ code: 1 });
    });
    expect(changed).toEqual([]);
    // The steps before the failure had all done their work.
    expect(between.map((line) => line.replace(/: .*/, ''))).toEqual([
      ...['~ home/etc/current', '- home/etc/gone.conf', '~ home/etc/kept.conf', '- home/etc/moved.conf'],
      ...['~ state/units/cron.service/active', '~ state/units/cron.service/enabled'],
      ...['+ home/etc/conf.d', '+ home/etc/conf.d/a.conf', '+ home/etc/conf.d/moved.conf', '+ home/etc/fresh.conf'],
      '+ home/etc/link',
    ]);
  });

  it('does not touch what is no longer as this run left it, but asks', async () => {
    const file = machine().path('home/settings');
    writeFileSync(file, 'old\n');
    steps(`
      - {id: settings, file: {path: ${file}, content: 'new'}}
      - {id: breaks, run: 'exit 9', on_rollback: {leave: it does nothing}}
    `);
    expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
    const [run = ''] = work().runs();
    writeFileSync(file, 'somebody was here\n');
    const { code, out } = await work().changeover('rollback', run);
    expect([code, out]).toEqual([3, expect.stringContaining('not what this run left')]);
    expect(machine().content('home/settings')).toBe('somebody was here\n');
    const { code: skipped } = await work().changeover('decide', run, 'skip');
    expect([skipped, work().events().at(-1)]).toMatchObject([1, { type: 'run_finished', status: 'failed' }]);
    expect(machine().content('home/settings')).toBe('somebody was here\n');
  });

  const STUCK = `
    - id: first
      run: echo one >~/one
      on_rollback: {run: rm ~/one}
    - id: second
      run: echo two >~/two
      on_rollback: {run: '[ -e ~/mended ] && rm ~/two'}
    - id: breaks
      run: exit 9
      on_rollback: {leave: it does nothing}
  `;

  it('that gets stuck stops and asks; once mended it goes on to its end', async () => {
    steps(STUCK);
    expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
    const [run = ''] = work().runs();
    const stuck = await work().changeover('rollback', run);
    expect([stuck.code, stuck.err]).toEqual([3, expect.stringContaining(`changeover decide ${run} retry|skip|abort`)]);
    expect(machine().content('home/one')).toBe('one\n');
    writeFileSync(machine().path('home/mended'), '');
    expect(await work().changeover('decide', run, 'retry')).toMatchObject({ code: 1 });
    expect(work().events().at(-1)).toMatchObject({ status: 'rolled_back' });
    expect([machine().content('home/one'), machine().content('home/two')]).toEqual(['', '']);
  });

  it('that goes on without one step undoes the others, and does not end as rolled back', async () => {
    steps(STUCK);
    const { code } = await work().changeover(...RUN, '--on-failure', 'rollback');
    expect(code).toBe(3);
    const [run = ''] = work().runs();
    const { code: ended, out } = await work().changeover('decide', run, 'skip');
    expect([ended, out]).toEqual([
      1,
      expect.stringContaining('the undo of step second/undo-1 on one was skipped at p1'),
    ]);
    expect(work().events().at(-1)).toMatchObject({ status: 'failed' });
    expect([machine().content('home/one'), machine().content('home/two')]).toEqual(['', 'two\n']);
  });

  it('whose worker is killed goes on where it was, and undoes nothing twice', async () => {
    steps(`
      - id: first
        run: echo one >~/one
        on_rollback: {run: 'echo first >>~/undone'}
      - id: second
        run: echo two >~/two
        on_rollback:
          run: |
            echo second >>~/undone
            until [ -e ~/open ]; do sleep 0.05; done
      - id: breaks
        run: exit 9
        on_rollback: {leave: it does nothing}
    `);
    const process = work().begin(...RUN, '--on-failure', 'rollback');
    await until(() => machine().content('home/undone') === 'second\n');
    process.kill('SIGKILL');
    await process.ended;
    const [run = ''] = work().runs();
    const next = work().begin('resume', run);
    await next.says('picked up again');
    writeFileSync(machine().path('home/open'), '');
    expect(await next.ended).toMatchObject({ code: 1 });
    expect(machine().content('home/undone')).toBe('second\nfirst\n');
    expect(work().events().at(-1)).toMatchObject({ status: 'rolled_back' });
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });
});

needs('sshd')('a link that breaks while a step is at work', () => {
  it('is made again, and neither the step nor a byte of its output is doubled or lost', async () => {
    steps(`
      - id: count
        run: |
          echo begun >>~/begun
          for n in $(seq 30); do echo "line $n"; sleep 0.05; done
          until [ -e ~/open ]; do sleep 0.05; done
          echo end
        on_rollback: {leave: a test}
    `);
    const process = work().begin('--json', ...RUN);
    for (let times = 0; times < 3; times += 1) {
      await until(() => machine().content('home/begun') !== '');
      await new Promise((resolve) => setTimeout(resolve, 200));
      machine().sshd.killConnections();
    }
    writeFileSync(machine().path('home/open'), '');
    expect(await process.ended).toMatchObject({ code: 0 });
    rmSync(machine().path('home/open'));
    expect(machine().content('home/begun')).toBe('begun\n');
    const said = `${Array.from({ length: 30 }, (_, n) => `line ${String(n + 1)}\n`).join('')}end\n`;
    const end = work()
      .events()
      .findLast((event) => event.type === 'job_finished');
    expect(end).toMatchObject({ outcome: 'changed', captured: { stdout: { text: said } } });
    expect(await work().changeover('verify', work().runs()[0] ?? '')).toMatchObject({ code: 0 });
  });
});
