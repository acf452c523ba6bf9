import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { makeRunner, startJobFor } from './support/action-job.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';

const WORK = procedure(
  `
  - id: first
    run: |
      cat ~/many
      echo '::error::from a host'
      printf '%s\\n' "$PASSWORD" | cat
    secrets: [PASSWORD]
    on_rollback: {leave: a test}
`,
  'hosts: [one]\nsecrets: [PASSWORD]',
);
const PASSWORD = 'correct horse\nbattery staple';

const openApi = await loadOpenApi();

/** The machine's entry without what leads in: the job is given that. */
const entryOf = (machine: Machine): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(machine.entry()).filter(([name]) => name !== 'key' && name !== 'host_key'));

/** What the runner would do of a log, since it does nothing of what stands between a stop and its token. */
function commandsIn(lines: readonly string[]): readonly string[] {
  let stopped: string | undefined;
  return lines.filter((line) => {
    const on = stopped === undefined;
    if (line === `::${stopped ?? ''}::`) stopped = undefined;
    const [, token] = /^::stop-commands::(.+)$/.exec(line) ?? [];
    stopped = token ?? stopped;
    return on && token === undefined && line.startsWith('::');
  });
}

describeWith(openApi)('a job of the action', (checker) => {
  endAfterEach();

  async function open(): Promise<{ readonly machine: Machine; readonly bench: Bench; readonly folder: string }> {
    const machine = await startMachine();
    atEnd(() => machine.remove());
    writeFileSync(machine.path('home/many'), `${'full of words '.repeat(20_000)}\n`);
    const bench = await openBench(checker, {
      'ops/hosts.yml': inventoryOf({ one: entryOf(machine) }),
      'ops/runbooks/demo/work.yml': WORK,
    });
    return { machine, bench, folder: makeRunner() };
  }

  needs('sshd')('over SSH', () => {
    it('takes key, known hosts and places of files as inputs, and leaves a log, a summary and the whole logs, with no secret', async () => {
      const { machine, bench, folder } = await open();
      const key = readFileSync(machine.sshd.keyFile, 'utf8');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const [summary, output] = [join(folder, 'summary'), join(folder, 'output')];
      const job = startJobFor(bench, folder, await bench.eventOf(id), {
        INPUT_SSH_KEY: key,
        INPUT_KNOWN_HOSTS: readFileSync(machine.sshd.knownHosts, 'utf8'),
        CHANGEOVER_SECRET_PASSWORD: PASSWORD,
        INPUT_INVENTORY: 'ops/hosts.yml',
        INPUT_PROCEDURES: 'ops/runbooks',
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
      });
      const { code, said } = await job.ended;
      expect(code).toBe(0);

      // All but the masks, which the runner reads and does not show.
      const masks = said.split('\n').filter((line) => line.startsWith('::add-mask::'));
      for (const line of [...key.trim().split('\n'), ...PASSWORD.split('\n')])
        expect(masks).toContain(`::add-mask::${line}`);
      const shown = said.split('\n').filter((line) => !masks.includes(line));
      expect(shown[0]).toBe('::group::Log');
      expect(shown).toContain('::endgroup::');
      expect(shown).toContainEqual(expect.stringMatching(/^::group::.*`\/work demo`.* succeeded/));
      expect(commandsIn(shown).filter((line) => !/^::(end)?group::/.test(line))).toEqual([]);

      const logs = /^logs=(.+)$/m.exec(readFileSync(output, 'utf8'))?.[1] ?? '';
      const files = readdirSync(logs, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.(out|err|marks)$/.test(name),
      );
      const [run] = bench.runs();
      expect(files.toSorted()).toEqual([`${run!}/one/first/-/apply.1.err`, `${run!}/one/first/-/apply.1.out`]);
      const text = readFileSync(join(logs, `${run!}/one/first/-/apply.1.out`), 'utf8');
      expect(text).toContain('full of words '.repeat(20_000));

      const page = readFileSync(summary, 'utf8');
      expect(page).toMatch(/\[In the thread\]\(http.*#issuecomment-\d+\):\n\n.*`\/work demo`[^]* succeeded/);
      for (const told of [shown.join('\n'), text, page]) {
        for (const line of PASSWORD.split('\n')) expect(told).not.toContain(line);
      }
    });

    it('has no logs where nothing was run, and tells in its log and on its page why it is red', async () => {
      const { bench, folder } = await open();
      const [summary, output] = [join(folder, 'summary'), join(folder, 'output')];
      const env = { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output };
      const { id } = await bench.writeUnheard('rita', '/procedures');
      const asked = startJobFor(bench, folder, await bench.eventOf(id), env);
      expect((await asked.ended).code).toBe(0);
      expect(() => readFileSync(output)).toThrow('ENOENT');
      const { id: other } = await bench.writeUnheard('rita', '/procedures');
      bench.github.faults.add({ method: 'POST', path: /\/comments$/, status: 422, body: { message: 'no' } });
      const red = await startJobFor(bench, folder, await bench.eventOf(other), env).ended;
      expect([red.code, red.said]).toEqual([1, expect.stringMatching(/^::error title=Changeover::.*see the log/m)]);
      expect(readFileSync(summary, 'utf8')).toContain('GitHub did not take this:');
    });
  });
});
