import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { ownMachineIds } from '../support/sshd.ts';
import { procedure, RUN } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { makeWorkplace, until, type Workplace } from './workplace.ts';

let work: Workplace;
let machines: readonly Machine[] = [];
const ids = ownMachineIds();
/** Hosts are told apart by /etc/machine-id, which needs a mount namespace for each. */
const several = ids ? it : it.skip;

beforeEach(() => {
  work = makeWorkplace();
});
afterEach(async () => {
  work.remove();
  for (const machine of machines) await machine.remove();
  machines = [];
});

/** Hosts `a`, `b` …, each with a file that says what it is for. */
async function start(...functions: readonly string[]): Promise<void> {
  const own = (): { machineId?: string } => (ids ? { machineId: randomBytes(16).toString('hex') } : {});
  machines = await Promise.all(functions.map(() => startMachine(undefined, own())));
  const names = functions.map((_, index) => 'abc'.charAt(index));
  for (const [index, text] of functions.entries()) become(names[index] ?? '', text);
  work.inventory(Object.fromEntries(machines.map((machine, index) => ['abc'.charAt(index), machine.entry()])), {
    all: names,
  });
}

const at = (name: string): Machine => {
  const machine = machines['abc'.indexOf(name)];
  if (machine === undefined) throw new Error(`there is no host ${name}`);
  return machine;
};
const become = (name: string, text: string): void => {
  writeFileSync(at(name).path('home/function'), text);
};
const FACTS = 'hosts: [all]\nfacts:\n  function: cat ~/function\n  ready: {run: test -e ~/ready, type: bool}';
const steps = (text: string): void => {
  work.procedure('demo/try', procedure(text, FACTS));
};
const contents = (file: string): readonly string[] => machines.map((machine) => machine.content(`home/${file}`));

needs('sshd', 'unshare')('a step that is done several times', () => {
  it('does its items in order, each with its values and its own log, and undoes them the last first', async () => {
    await start('x');
    steps(`
      - id: files
        loop: {one: 1, 'two words': "it's $HOME"}
        file: {path: '${at('a').path('home')}/\${{ item_key }}.txt', content: "\${{ item }}\\n"}
      - id: mark
        loop: [a, b b, c]
        done_when: {run: 'test "$item" = c'}
        verify: {run: 'tail -n 1 ~/marks | grep -qx "$item"'}
        run: echo "$item" >>~/marks; echo "says $item"
        on_rollback:
          run: echo "$item" >>~/undone
      - {id: bad, run: 'false', reversible: false}
    `);
    expect(await work.changeover('lint')).toMatchObject({ code: 0 });
    const plan = await work.changeover('plan', 'try', 'demo');
    expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('a for #2: cannot be known yet') });
    expect(contents('marks')).toEqual(['']);
    const { code, out } = await work.changeover(...RUN);
    expect([code, contents('marks')]).toEqual([3, ['a\nb b\n']]);
    expect(out).toMatch(/ {2}a for a: changed[\s\S]* {2}a for #2: changed[\s\S]* {2}a for c: ok/);
    expect(contents('two words.txt')).toEqual(["it's $HOME\n"]);
    const run = work.runs().at(-1) ?? '';
    expect((await work.changeover('logs', run, 'mark')).out).toMatch(
      /mark on a for a,[^]*says a[^]*for #2,[^]*says b b/,
    );
    expect(await work.changeover('verify', run)).toMatchObject({ code: 0 });
    const [opened] = work.events(run).filter((event) => event.type === 'step_opened' && event.step === 'mark');
    expect(opened).toMatchObject({
      tasks: [{ item: 'a', item_value: 'a' }, { item: '#2', item_value: 'b b' }, { item: 'c' }],
    });
    expect(await work.changeover('rollback', run)).toMatchObject({ code: 1 });
    expect(contents('undone')).toEqual(['b b\na\n']);
    expect(contents('one.txt')).toEqual(['']);
    expect(existsSync(at('a').path('home/two words.txt'))).toBe(false);
  });

  it('goes on behind a worker that was killed, item by item, and repeats none', async () => {
    await start('x');
    steps(`
      - id: mark
        loop: [a, b, c]
        run: echo "$item" >>~/marks; until [ -e ~/open ]; do sleep 0.05; done
        on_rollback: {run: rm ~/marks}
    `);
    const process = work.begin(...RUN);
    await until(() => contents('marks')[0] === 'a\n');
    process.kill('SIGKILL');
    await process.ended;
    writeFileSync(at('a').path('home/open'), '');
    const run = work.runs().at(-1) ?? '';
    expect(await work.changeover('resume', run)).toMatchObject({ code: 0 });
    expect(contents('marks')).toEqual(['a\nb\nc\n']);
    expect(await work.changeover('verify', run)).toMatchObject({ code: 0 });
  });

  it('is tried again by itself, also behind a worker that was killed while it waited', async () => {
    await start('x');
    steps(`
      - id: once
        idempotent: true
        retries: 2
        delay: 2s
        run: echo try >>~/tries; [ "$(wc -l <~/tries)" -ge 3 ]
        on_rollback: {leave: a test}
    `);
    const process = work.begin(...RUN);
    await process.says(/a: failed, exit 1; tried again at .*, as attempt 2/);
    process.kill('SIGKILL');
    await process.ended;
    expect(contents('tries')).toEqual(['try\n']);
    const run = work.runs().at(-1) ?? '';
    const { code, out } = await work.changeover('resume', run);
    expect([code, contents('tries')]).toEqual([0, ['try\ntry\ntry\n']]);
    expect(out).toContain('a: attempt 3');
    const due = work.events(run).flatMap((event) => (event.type === 'observed' && event.for === 'wake' ? [event] : []));
    // However long it took: never before its time.
    for (const event of due) expect(event.at >= event.due).toBe(true);
    expect(work.events(run).flatMap((event) => (event.type === 'job_finished' ? [event.outcome] : []))).toEqual([
      'failed',
      'failed',
      'changed',
    ]);
  });

  several('takes its hosts in batches, and asks before the next', async () => {
    await start('x', 'y', 'z');
    steps(`
      - id: mark
        serial: 2
        run: echo done >>~/marks; [ ! -e ~/bad ]
        on_rollback: {run: echo undone >>~/marks}
      - id: one
        run_once: true
        run: echo once >>~/marks
        on_rollback: {leave: a test}
    `);
    writeFileSync(at('b').path('home/bad'), '');
    const { code, out } = await work.changeover(...RUN);
    expect([code, contents('marks')]).toEqual([3, ['done\n', 'done\n', '']]);
    expect(out).toContain('one after the other: a and b | c');
    rmSync(at('b').path('home/bad'));
    const run = work.runs().at(-1) ?? '';
    expect(await work.changeover('decide', run, 'retry')).toMatchObject({ code: 0 });
    expect(contents('marks')).toEqual(['done\nonce\n', 'done\ndone\n', 'done\n']);
  });
});

needs('sshd', 'unshare')('hosts that a fact chooses', () => {
  const HANDOVER = `
      - id: hand-over
        on: function=production
        max_hosts: 1
        run: |
          echo development >~/function
          echo released >>~/marks
          until [ -e ~/open ]; do sleep 0.05; done
        on_rollback:
          run: echo production >~/function; echo taken back >>~/marks
      - id: after
        on: [function=production, function=development]
        run: echo after >>~/marks; false
        on_rollback: {leave: a test}
    `;

  several('stay those that were chosen, also behind a worker that was killed, and for the way back', async () => {
    await start('production', 'idle');
    steps(HANDOVER);
    const plan = await work.changeover('plan', 'try', 'demo');
    expect(plan.out.replaceAll(/\s+/g, ' ')).toContain(
      'hand-over (hand-over) it is taken on the hosts that are function=production when it begins; on 1 at most a: would run',
    );
    expect(plan.out.replaceAll(/\s+/g, ' ')).toContain('step hand-over would run before');
    const process = work.begin(...RUN);
    await until(() => contents('marks')[0] === 'released\n');
    process.kill('SIGKILL');
    await process.ended;
    // Now the other box is the one: whoever goes on must not take it for the step that has begun.
    become('b', 'production');
    writeFileSync(at('a').path('home/open'), '');
    const run = work.runs().at(-1) ?? '';
    expect(await work.changeover('resume', run)).toMatchObject({ code: 3 });
    expect(contents('marks')).toEqual(['released\nafter\n', 'after\n']);
    expect(await work.changeover('rollback', run)).toMatchObject({ code: 1 });
    expect(contents('marks')).toEqual(['released\nafter\ntaken back\n', 'after\n']);
    const chosen = work.events(run).flatMap((event) => (event.type === 'step_opened' ? [event.chosen] : []));
    expect(chosen).toEqual([['a'], ['a', 'b'], undefined]);
  });

  several('are told before anything is touched where they are none, too many, or not to be known', async () => {
    await start('production', 'production');
    const told = async (): Promise<string> => {
      const plan = await work.changeover('plan', 'try', 'demo');
      const { code, out } = await work.changeover(...RUN);
      expect([plan.code, code]).toEqual([1, 1]);
      for (const text of [plan.out, out]) expect(text).toContain('step hand-over: ');
      expect(contents('marks')).toEqual(['', '']);
      return out.replaceAll(/\s+/g, ' ');
    };
    steps(HANDOVER);
    expect(await told()).toContain('a: step hand-over: 2 hosts are meant (a, b), and max_hosts is 1');
    become('a', 'idle');
    become('b', '');
    expect(await told()).toContain("b: step hand-over: no host is meant by function=production: here function is ''");
    rmSync(at('b').path('home/function'));
    expect(await told()).toContain('b: step hand-over: which hosts are meant by function=production is not known');
  });

  it('that can never be are told by lint, with their place', async () => {
    await start('x');
    steps('- {id: a, on: [redy=true, ready=maybe], run: x, on_rollback: {leave: a test}}');
    const { code, out, err } = await work.changeover('lint');
    expect(code).toBe(2);
    const line =
      readFileSync(`${work.folder}/procedures/demo/try.yml`, 'utf8')
        .split('\n')
        .findIndex((each) => each.includes('redy')) + 1;
    expect(out + err).toContain(`demo/try.yml:${String(line)}:`);
    expect(out + err).toMatch(/there is no fact "redy"; did you mean "ready"\?[\s\S]*the fact ready can never be so/);
  });
});
