import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { ownMachineIds } from '../support/sshd.ts';
import { procedure, RUN } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { eventsIn, makeWorkplace, until, type Workplace } from './workplace.ts';

/**
 * What restarts here is simulated in one respect: the machine is a PID and mount namespace whose process 1 is sshd. When
 * that ends the kernel ends all processes in it, and it is started anew with the same disk, as a container is. So process 1
 * has a new start time, and the boot id stays the kernel's.
 */
const able = userInfo().uid === 0 && ownMachineIds();
const tests = able ? needs('sshd', 'unshare') : describe.skip;

let machine: Machine;
let proxy: Proxy;
let work: Workplace;

beforeEach(async () => {
  machine = await startMachine(undefined, { machineId: 'a'.repeat(32), container: true, restarts: true });
  proxy = await startProxy(machine.sshd.port);
  work = makeWorkplace();
  work.inventory({ one: machine.entry({ port: proxy.port }) });
});
afterEach(async () => {
  work.remove();
  await proxy.stop();
  await machine.remove();
});

/** To end process 1 is what `systemctl reboot` comes to. */
const DOWN = 'echo told >>~/told; kill 1';

/** A procedure that restarts the host, and a step after it. */
function restarts(command = DOWN, more = 'timeout: 40s, stable_for: 1s'): void {
  const reboot = `{ command: ${JSON.stringify(command)}, until: { run: test -e ~/up }, ${more} }`;
  const steps = `
    - id: restart
      reboot: ${reboot}
      on_rollback: {leave: a test}
    - id: after
      run: ls ~/.changeover/lock/* && echo "after $FIRST" >>~/done
      env: { FIRST: '\${{ facts.first }}' }
      on_rollback: {leave: a test}`;
  work.procedure('demo/try', procedure(steps, `hosts: [one]\nfacts: {first: 'cut -d " " -f 22 /proc/1/stat'}`));
}

/** As a service that has come up. */
const comeUp = (): void => {
  writeFileSync(machine.path('home/up'), '');
};

/** What stands in the journal while somebody writes it: the last line may not be whole. */
function events(): readonly RunEvent[] {
  const [run] = work.runs();
  if (run === undefined || !existsSync(work.journalFile(run))) return [];
  const text = readFileSync(work.journalFile(run), 'utf8');
  return eventsIn(text.slice(0, text.lastIndexOf('\n') + 1));
}

const looks = () => events().flatMap((event) => (event.type === 'observed' && event.for === 'restart' ? [event] : []));
const wasAway = (): boolean => looks().some(({ unreachable }) => unreachable !== undefined);
const before = (): string | undefined =>
  events().flatMap((event) => (event.type === 'observed' && event.for === 'boot' ? [event.boot] : []))[0];
const isBack = (): boolean => looks().some(({ boot }) => boot !== undefined && boot !== before());

/** What a terminal was told, without its line ends. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** It restarted once, by the one command that was given, and the run went on behind it. */
async function expectOnce(): Promise<void> {
  expect(machine.sshd.starts()).toBe(2);
  expect(machine.content('home/told')).toBe('told\n');
  // Facts are looked at afresh: by now process 1 is another.
  expect(machine.content('home/done')).toBe(`after ${looks().at(-1)?.boot?.split(' ')[1] ?? ''}\n`);
  expect(await work.changeover('verify', work.runs()[0] ?? '')).toMatchObject({ code: 0 });
}

tests('a host that restarts', () => {
  it('is waited for until it is as it must be, and the run goes on with its lock', async () => {
    restarts();
    const run = work.begin(...RUN);
    await until(isBack);
    expect(events().some((event) => event.type === 'step_opened' && event.step === 'after')).toBe(false);
    comeUp();
    const { code, err, out } = await run.ended;
    expect([code, err]).toEqual([0, '']);
    expect(oneLine(out)).toContain('it is back since');
    // The boot id is the kernel's; process 1 is new.
    const [was, is] = [before() ?? '', looks().at(-1)?.boot ?? ''];
    expect(is.split(' ')[0]).toBe(was.split(' ')[0]);
    expect(is).not.toBe(was);
    await expectOnce();
  });

  it('is back without what must hold: that is said, and a retry waits for it without another restart', async () => {
    restarts(DOWN, 'timeout: 20s, stable_for: 1s');
    const { code, out } = await work.changeover(...RUN);
    expect(code).toBe(3);
    expect(oneLine(out)).toContain('it has started anew, but not as until wants it within 20s: its script exited 1');
    expect(oneLine(out)).toContain('is only waited for, and not restarted once more');
    comeUp();
    expect(await work.changeover('decide', work.runs()[0] ?? '', 'retry')).toMatchObject({ code: 0, err: '' });
    await expectOnce();
  });

  it('does not go down: that is said when its time is over', async () => {
    comeUp();
    restarts('echo told >>~/told', 'timeout: 3s, stable_for: 1s');
    const { code, out } = await work.changeover(...RUN);
    expect(code).toBe(3);
    expect(oneLine(out)).toContain('it has not gone down within 3s: it still runs by the boot of before');
    expect(machine.sshd.starts()).toBe(1);
  });

  it('goes down and does not come back: that is said, and asked about', async () => {
    machine.sshd.holdDown();
    restarts(DOWN, 'timeout: 8s, stable_for: 1s');
    const { code, out, err } = await work.changeover(...RUN);
    expect(code).toBe(3);
    expect(oneLine(out)).toMatch(/it has not come back within 8s: one \(127\.0\.0\.1, port \d+\) cannot be reached/);
    expect(err).toContain('retry|skip|rollback|abort');
  });

  it('starts anew again before it has stayed: the wait begins anew', async () => {
    comeUp();
    restarts(DOWN, 'timeout: 40s, stable_for: 6s');
    const run = work.begin(...RUN);
    await until(isBack);
    machine.sshd.cutPower();
    expect(await run.ended).toMatchObject({ code: 0, err: '' });
    expect(machine.sshd.starts()).toBe(3);
    const boots = looks().flatMap(({ boot }) => (boot === undefined || boot === before() ? [] : [boot]));
    expect(new Set(boots).size).toBe(2);
    expect(machine.content('home/told')).toBe('told\n');
  });
});

tests('a machine without a machine id', () => {
  it('may be another by its boot once the run has restarted it: it is looked at anew, and taken for the same', async () => {
    const bare = await startMachine(undefined, { machineId: '', container: true, restarts: true });
    try {
      work.inventory({ one: bare.entry() });
      writeFileSync(bare.path('home/up'), '');
      const steps = `
        - assert: { run: test -e ~/up }
        - id: restart
          reboot: { command: kill 1, stable_for: 1s, until: { run: test -e ~/up } }
          on_rollback: {leave: a test}
        - id: look
          manual: { instructions: Look at it., unlock: true }`;
      work.procedure('demo/try', procedure(steps));
      expect(await work.changeover(...RUN)).toMatchObject({ code: 3 });
      expect(await work.changeover('decide', work.runs()[0] ?? '', 'continue')).toMatchObject({ code: 0, err: '' });
      const reports = events().flatMap((event) =>
        event.type === 'observed' && event.for === 'preflight' ? [event.report.instance] : [],
      );
      expect(new Set(reports).size).toBe(2);
    } finally {
      await bare.remove();
    }
  });
});

tests('exactly one restart', () => {
  it('where the bot is killed while the host is down, and another goes on', async () => {
    comeUp();
    machine.sshd.holdDown();
    restarts();
    const run = work.begin(...RUN);
    await until(wasAway);
    run.kill('SIGKILL');
    await run.ended;
    const resumed = work.begin('resume', work.runs()[0] ?? '');
    await until(() => events().filter(({ type }) => type === 'run_started').length === 2);
    machine.sshd.letUp();
    expect(await resumed.ended).toMatchObject({ code: 0, err: '' });
    await expectOnce();
  });

  it('where the bot is killed as soon as the command has begun', async () => {
    comeUp();
    restarts('echo told >>~/told; sleep 1; kill 1');
    const run = work.begin(...RUN);
    await until(() => machine.content('home/told') !== '');
    run.kill('SIGKILL');
    await run.ended;
    await until(() => machine.sshd.starts() === 2);
    expect(await work.changeover('resume', work.runs()[0] ?? '')).toMatchObject({ code: 0, err: '' });
    await expectOnce();
  });

  it('where the link drops before the answer arrives', async () => {
    comeUp();
    restarts('echo told >>~/told; sleep 1; kill 1');
    const run = work.begin(...RUN);
    await until(() => machine.content('home/told') !== '');
    proxy.refuse();
    await until(() => machine.sshd.starts() === 2);
    proxy.accept();
    expect(await run.ended).toMatchObject({ code: 0, err: '' });
    await expectOnce();
  });

  it('where the claim and the lock are lost with the last seconds of the disk, and the order is sent again', async () => {
    comeUp();
    restarts('echo told >>~/told; rm -rf ~/.changeover/lock ~/.changeover/runs/*/one/restart; kill 1');
    expect(await work.changeover(...RUN)).toMatchObject({ code: 0, err: '' });
    await expectOnce();
  });
});

tests('a dry run of a restart', () => {
  it('says what it would wait for and how that stands, and restarts nothing', async () => {
    restarts();
    const { code, out } = await work.changeover('plan', 'try', 'demo');
    expect(code).toBe(0);
    expect(out).toContain('would restart');
    expect(oneLine(out)).toContain('waits at most 40s until the host is back by a new boot, and 1s more');
    expect(out).toMatch(/Now: its script exited 1/);
    expect(machine.sshd.starts()).toBe(1);
  });
});
