import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { freePort, ownMachineIds } from '../support/sshd.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';

const TRY = 'procedures/demo/try.yml';
const STEPS = `
  - id: mark
    run: echo here >~/mark
    on_rollback: {run: rm ~/mark}
`;

/** Hosts are told apart by /etc/machine-id, which needs a mount namespace for each. */
const several = ownMachineIds() ? it : it.skip;
if (several === it.skip)
  process.stderr.write('skipped: several hosts (no mount namespace may be made here; run as root)\n');

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;

/** What a comment brings, and that nothing was changed by it and no job was started. */
async function refused(typed: string, wanted: RegExp): Promise<string> {
  let said = '';
  const changed = await machine.changedBy(async () => {
    said = await bench.words.ask('william', typed, wanted);
  });
  expect(changed).toEqual([]);
  for (const run of bench.runs()) {
    expect(bench.events(run).filter(({ type }) => type === 'job_started')).toEqual([]);
  }
  return said;
}

describeWith(openApi)('what stands in the way of a run', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, { 'inventory.yml': inventoryOf({ one: machine }), [TRY]: procedure(STEPS) });
    await bench.start();
  });

  needs('sshd')('is told with its place and what to write instead', () => {
    it('where the procedure is faulty, until it is put right on the default branch', async () => {
      bench.commit({ [TRY]: procedure(STEPS).replace('run:', 'rum:') });
      const said = await refused('/try demo', /have to be put right first/);
      expect(said).toMatch(
        /Nothing was started\.[^]*`procedures\/demo\/try\.yml:5:5`: unknown key "rum"; did you mean "run"\?/,
      );
      bench.commit({ [TRY]: 'description: a test\nsteps: [\n' });
      expect(await refused('/try demo dryrun', /`procedures\/demo\/try\.yml:\d+:\d+`/)).toContain(
        'Nothing was started',
      );
      expect(await refused('/procedures', /`procedures\/demo\/try\.yml:\d+:\d+`/)).not.toContain('undefined');
      expect(bench.runs()).toEqual([]);
      bench.commit({ [TRY]: procedure(STEPS) });
      await bench.words.ask('william', '/try demo', /kind=end[^]*succeeded/);
      expect(machine.content('home/mark')).toBe('here\n');
    });

    it('where the inventory is faulty, or not there, or lacks the host', async () => {
      bench.commit({ 'inventory.yml': 'hosts:\n  one: {adress: 127.0.0.1, user: root}\n' });
      expect(await refused('/try demo', /have to be put right first/)).toMatch(
        /`inventory\.yml:2:\d+`: unknown key "adress"; did you mean "address"\?/,
      );
      expect(await refused('/hosts', /`inventory\.yml:2:\d+`/)).toContain('adress');
      bench.commit({ 'inventory.yml': null });
      expect(await refused('/try demo', /inventory\.yml/)).toContain('Nothing was started');
      bench.commit({ 'inventory.yml': inventoryOf({ onne: machine }) });
      expect(await refused('/try demo', /try\.yml:2:\d+/)).toMatch(
        /no host "one" in inventory\.yml; did you mean "onne"\?/,
      );
      expect(bench.runs()).toEqual([]);
    });

    it('where the host is out of reach, has another key, or does not let us in', async () => {
      const closed = await freePort();
      bench.commit({ 'inventory.yml': inventoryOf({ one: machine.entry({ port: closed }) }) });
      const out = await refused('/try demo', /was not started/);
      expect(out).toContain(`127.0.0.1:${String(closed)}`);
      expect(out).toMatch(/Nothing was changed on any host[^]*Put this right, then type it again/);

      const other = `SHA256:${'A'.repeat(43)}`;
      bench.commit({ 'inventory.yml': inventoryOf({ one: machine.entry({ host_key: other }) }) });
      const key = await refused('/try demo', /was not started/);
      expect(key).toMatch(/host key/i);
      expect(key).toContain(other);
      expect(key).toContain(machine.sshd.hostKeySha256);

      bench.commit({ 'inventory.yml': inventoryOf({ one: machine.entry({ host_key: undefined }) }) });
      expect(await refused('/try demo dryrun', /would not run as things are/)).toContain('changeover trust one');

      bench.commit({ 'inventory.yml': inventoryOf({ one: machine.entry({ user: 'nobody-here' }) }) });
      expect(await refused('/try demo', /was not started/)).toContain('nobody-here');
    });

    it('with all reasons of all hosts, where one of two is down', async () => {
      const closed = await freePort();
      const two = { one: machine.entry(), two: machine.entry({ port: closed }) };
      bench.commit({
        'inventory.yml': inventoryOf(two),
        [TRY]: procedure(
          `
  - id: never
    assert: \${{ vars.never == 'so' }}
    fail_msg: this never holds
  ${STEPS.trim()}
          `,
          "hosts: [one, two]\nvars: {never: 'no'}",
        ),
      });
      const said = await refused('/try demo', /was not started/);
      expect(said).toContain(`127.0.0.1:${String(closed)}`);
      expect(said).toMatch(/\*\*\d things? in the way\.\*\*/);
      expect(said).toContain('this never holds');
    });
  });

  needs('sshd')('is nothing', () => {
    several('on two hosts, which are taken side by side, each in a row of its own', async () => {
      const second = await startMachine(undefined, { machineId: 'b'.repeat(32) });
      atEnd(() => second.remove());
      bench.commit({
        'inventory.yml': inventoryOf({ one: machine, two: second }),
        [TRY]: procedure(STEPS, 'hosts: [one, two]'),
      });
      const said = await bench.words.answerTo(
        await bench.words.write('william', '/try demo'),
        /kind=end/,
        /succeeded after/,
      );
      for (const host of ['one', 'two'])
        expect(said).toMatch(new RegExp(`\\| 1 \\| [^|]* \\| \`${host}\` \\| ✅ changed`));
      expect(machine.content('home/mark') + second.content('home/mark')).toBe('here\nhere\n');
    });
  });

  needs('sshd')('is a right', () => {
    it('that somebody from outside a private repository has not, not even to ask', async () => {
      const closed = await openBench(
        checker,
        { 'inventory.yml': inventoryOf({ one: machine }), [TRY]: procedure(STEPS) },
        'none',
      );
      await closed.start();
      for (const typed of ['/help', '/try demo dryrun', '/try demo', '/hlep']) {
        expect(await closed.words.reply('oscar', typed)).toMatch(
          /the right "(?:read|write)" is needed; yours is "none"/,
        );
      }
      expect(closed.runs()).toEqual([]);
      expect(closed.calls().some((call) => call.includes('/contents/') || call.includes('/reactions'))).toBe(false);
    });

    it('that is looked up at the moment of the command', async () => {
      await bench.words.ask('rita', '/try demo', /"write" is needed/);
      bench.github.setRole('rita', 'maintain');
      await bench.words.ask('rita', '/try demo', /kind=end[^]*succeeded/);
      bench.github.setRole('rita', undefined);
      await bench.words.ask('rita', '/try demo', /"write" is needed/);
      expect(bench.runs()).toHaveLength(1);
    });
  });
});
