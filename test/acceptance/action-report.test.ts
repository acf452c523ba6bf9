import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { makeRunner, startJobFor } from './support/action-job.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import type { Ended } from './support/thread-process.ts';

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

/** Commands of GitHub's runner. */
const COMMANDS = new Set(
  (
    'stop-commands set-env set-output save-state add-path add-mask add-matcher remove-matcher warning error notice debug ' +
    'group endgroup echo internal-set-repo-path'
  ).split(' '),
);

interface Command {
  readonly name: string;
  readonly data: string;
}

/** Reads a line as the runner does (its ActionCommand.cs): `::name …::data` behind spaces, or else `##[name …]data` anywhere. */
function commandIn(line: string, isCommand: (name: string) => boolean): Command | undefined {
  for (const form of [/^[\s\u0085]*::(.*?)::(.*)$/s, /^.*?##\[(.*?)\](.*)$/s]) {
    const [, info = '', data = ''] = form.exec(line) ?? [];
    const name = (info.split(' ')[0] ?? '').toLowerCase();
    if (isCommand(name)) return { name, data };
  }
  return undefined;
}

/** What the runner does by a stream of a job. Of what stands between a stop and its token it does nothing. */
function commandsIn(stream: string): readonly Command[] {
  let token: string | undefined;
  return stream.split(/\r\n|[\r\n]/).flatMap((line) => {
    const command = commandIn(line, (name) => COMMANDS.has(name) || name === token);
    if (command === undefined) return [];
    if (token !== undefined) {
      if (command.name === token) token = undefined;
      return [];
    }
    if (command.name !== 'stop-commands') return [command];
    token = command.data.toLowerCase();
    return [];
  });
}

/** What would tell a workflow lies, hide its log, or give it colours. */
const HOSTILE = [
  ...['::set-output name=work::hostile', '::add-mask::succeeded', '::stop-commands::hostile', '::error::hostile'],
  ...['  ::warning::hostile', '::group::hostile', '::endgroup::', '::SAVE-STATE name=a::hostile', '::hostile::'],
  ...['##[group]hostile', '##[endgroup]', '##[error]hostile', 'and ##[set-output name=work]hostile', '##[add-mask]one'],
  '\u001b[31m::notice::hostile\u001b[0m',
];
/** Those of them that no command is refused for as a whole. */
const TYPED = HOSTILE.filter((text) => !text.includes('\u001b'));
/** What ends a line, or might. */
const LINE_ENDS = ['\n', '\r', '\r\n', '\u2028', '\u2029', '\u0085', '\v', '\f'];
const hostileText = LINE_ENDS.map((end) => HOSTILE.join(end)).join('\n');

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
      expect(commandsIn(said).filter(({ name }) => !/^(?:(?:end)?group|add-mask)$/.test(name))).toEqual([]);

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

    /** A job for a comment, what it said, and what it handed to the jobs behind it. */
    async function jobOf(
      { bench, folder }: { readonly bench: Bench; readonly folder: string },
      login: string,
      body: string,
      env: Readonly<Record<string, string | undefined>> = {},
    ): Promise<Ended & { readonly output: string }> {
      const output = join(folder, 'output');
      writeFileSync(output, '');
      const { id } = await bench.writeUnheard(login, body);
      const job = startJobFor(bench, folder, await bench.eventOf(id), { GITHUB_OUTPUT: output, ...env });
      return { ...(await job.ended), output: readFileSync(output, 'utf8') };
    }

    /** Nothing of what was written there has become a command; that something of it is there shows that it might have. */
    function expectNoneOf({ said, err, output }: Awaited<ReturnType<typeof jobOf>>): void {
      expect(said).toMatch(/hostile|set-out/);
      expect(err).toBe('');
      // The job's token is a login here.
      const isOwn = ({ name, data }: Command): boolean =>
        /^(?:end)?group$/.test(name) || (name === 'add-mask' && data === 'changeover[bot]');
      const own = commandsIn(said).filter((command) => !isOwn(command));
      expect(own.filter(({ name }) => name !== 'error')).toEqual([]);
      // The job's own, of which there is one, and that is a line of its own.
      expect(own.length).toBe(said.match(/^::error title=Changeover::/gm)?.length ?? 0);
      expect(own.length).toBeLessThanOrEqual(1);
      // GitHub's page draws such lines even where commands are off.
      expect(said.split(/[\r\n]/).filter((line) => line.trim().startsWith('##['))).toEqual([]);
      for (const sign of ['\u001b', '\r']) expect(said).not.toContain(sign);
      expect(output).not.toContain('hostile');
    }

    it('lets nothing be a command that hosts print, and procedures and comments say', async () => {
      const work = await open();
      const { machine, bench } = work;
      writeFileSync(machine.path('home/many'), hostileText);
      bench.commit({
        'inventory.yml': inventoryOf({ one: machine }),
        'procedures/demo/work.yml': procedure(
          `
          - id: first
            name: ${JSON.stringify(HOSTILE.join('\u2028'))}
            run: cat ~/many; cat ~/many >&2; exit 1
            on_rollback: {leave: a test}
          `,
          'hosts: [one]\nparams: {text: {description: what to say, type: string, default: none}}',
        ).replace('A test', JSON.stringify(HOSTILE.join('\u2028'))),
      });
      for (const body of [
        '/help work demo',
        `/work demo text="${TYPED.join(' ')}"`,
        `${hostileText}\n/wrok ${TYPED.join(' ')}\n${hostileText}`,
        '/logs first',
      ]) {
        const done = await jobOf(work, 'william', body);
        expect([body, done.code]).toEqual([body, 0]);
        expectNoneOf(done);
      }
    });

    it('lets nothing be one where it fails, either, whatever GitHub says', async () => {
      const work = await open();
      const { bench } = work;
      const body = { message: hostileText, documentation_url: 'x' };
      const branch = { INPUT_JOURNAL: undefined, GITHUB_RUN_ID: '7' };
      for (const [path, status, env] of [
        [/\/comments$/, 422, {}],
        [/\/permission$/, 422, {}],
        [/\/git\/|^\/graphql$/, 403, branch],
      ] as const) {
        const heal = bench.github.faults.add({ path, by: 'app', status, times: Infinity, body });
        const done = await jobOf(work, 'william', '/procedures', env);
        expect([String(path), done.code]).toEqual([String(path), 1]);
        expectNoneOf(done);
        heal();
      }
      // What cannot be read is told with a piece of it.
      const event = join(work.folder, 'hostile.json');
      writeFileSync(event, HOSTILE.join('\n'));
      const done = await jobOf(work, 'william', '/procedures', { GITHUB_EVENT_PATH: event });
      expect(done.code).toBe(1);
      expectNoneOf(done);
    });
  });
});
