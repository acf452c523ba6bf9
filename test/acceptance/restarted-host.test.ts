import { readdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { ownMachineIds } from '../support/sshd.ts';
import { procedure, RUN } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { makeWorkplace, until, type Workplace } from './workplace.ts';

/** What restarts here is a PID and mount namespace with its process 1, and its disk stays: see reboot.test.ts. */
const able = userInfo().uid === 0 && ownMachineIds();
const tests = able ? needs('sshd', 'unshare') : describe.skip;

let machine: Machine;
let work: Workplace;

beforeEach(async () => {
  machine = await startMachine(undefined, { machineId: 'b'.repeat(32), container: true, restarts: true });
  work = makeWorkplace();
  work.inventory({ one: machine.entry() });
});
afterEach(async () => {
  work.remove();
  await machine.remove();
});

/** A step that waits for its file, and one behind it. */
function steps(more = ''): void {
  const text = `
    - id: amidst
      run: |
        echo begun >>~/begun
        echo half of it
        until [ -e ~/go ]; do sleep 0.05; done
        echo the rest
      timeout: 60s
      on_rollback: {leave: a test}${more}
    - id: after
      run: echo after >>~/done
      on_rollback: {leave: a test}`;
  work.procedure('demo/try', procedure(text));
}

const hasBegun = (): boolean => machine.content('home/begun') !== '';
/** What a terminal was told, without its line ends. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
const WHY = 'the host has restarted since it began, and it left no exit code';

async function restart(): Promise<void> {
  machine.sshd.cutPower();
  await until(() => machine.sshd.starts() === 2);
}

/** Nobody knows how the step ended: that is said with the reason, asked about, and nothing was repeated. */
async function expectAsked(ended: { readonly code: number | null; readonly out: string }): Promise<void> {
  expect(ended.code).toBe(4);
  expect(oneLine(ended.out)).toContain(WHY);
  expect(machine.content('home/begun')).toBe('begun\n');
  expect(machine.content('home/done')).toBe('');
  const [run = ''] = work.runs();
  expect(await work.changeover('decide', run, 'skip')).toMatchObject({ code: 0, err: '' });
  expect([machine.content('home/begun'), machine.content('home/done')]).toEqual(['begun\n', 'after\n']);
  expect(await work.changeover('verify', run)).toMatchObject({ code: 0 });
  expect(readdirSync(machine.path('home/.changeover'))).toEqual(['closed', 'runs']);
  expect(readdirSync(machine.path('home/.changeover/runs'))).toEqual([]);
}

tests('a host that restarts by itself in the midst of a step', () => {
  it('leaves its end unknown: a person is asked, and told that the host restarted', async () => {
    steps();
    const run = work.begin(...RUN);
    await until(hasBegun);
    await restart();
    await expectAsked(await run.ended);
  });

  it('while no bot is there: whoever picks the run up does not repeat the step', async () => {
    steps();
    const run = work.begin(...RUN);
    await until(hasBegun);
    run.kill('SIGKILL');
    await run.ended;
    await restart();
    await expectAsked(await work.changeover('resume', work.runs()[0] ?? ''));
  });

  it('has a step that may be done twice done again by itself, once', async () => {
    steps('\n      idempotent: true');
    const run = work.begin(...RUN);
    await until(hasBegun);
    await restart();
    writeFileSync(machine.path('home/go'), '');
    expect(await run.ended).toMatchObject({ code: 0, err: '' });
    expect([machine.content('home/begun'), machine.content('home/done')]).toEqual(['begun\nbegun\n', 'after\n']);
    const log = await work.changeover('logs', work.runs()[0] ?? '', 'amidst');
    expect(log.out.match(/half of it/g)).toHaveLength(2);
    expect(log.out.match(/the rest/g)).toHaveLength(1);
  });
});
