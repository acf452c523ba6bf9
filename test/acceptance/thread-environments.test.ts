import { beforeEach, expect, it } from '@jest/globals';
import { DAYS } from '../../src/language/types.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import type { Machine } from './machine.ts';
import { verifyOf } from './support/thread-verify.ts';
import { makeWorkplace } from './workplace.ts';
import { atEnd, type Bench, type Bot, endAfterEach, openWork } from './support/thread-bench.ts';

const day = DAYS[(new Date().getUTCDay() + 2) % 7] ?? '';

const TOP = `hosts: [one]
params: {release: {}}
vars: {place: nowhere}
environments:
  rehearsal:
    vars: {place: rehearsed}
    on_success: rollback
  production:
    vars: {place: produced}
    requires: {environment: rehearsal, within: 2h}
    approvals: {by: [rita, maintain]}
  sundays:
    window: {days: ${day}, from: '05:00', to: '07:00', timezone: Europe/Paris}`;
const WORK = procedure(
  `
  - id: mark
    run: echo "$place $release" >>~/marks
    on_rollback: {run: rm ~/marks}
`,
  TOP,
);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const marks = (): string => machine.content('home/marks');

describeWith(openApi)('environments in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    ({ machine, bench, bot } = await openWork(checker, WORK));
  });

  needs('sshd')('from the first word to the end', () => {
    it('production wants a rehearsal, which leaves nothing, and then approvals before anything is touched', async () => {
      const reply = (login: string, body: string): Promise<string> => bench.words.reply(login, body);
      const unsaid = await reply('william', '/work demo 2');
      expect(unsaid).toMatch(/^Nothing was started/);
      for (const name of ['rehearsal', 'production', 'sundays']) expect(unsaid).toContain(`environment=${name}`);
      expect(await reply('william', '/work demo 2 environment=prod')).toContain('There is no environment `prod`');
      expect(await reply('rita', '/help work demo')).toContain('It is a rehearsal: once all of it went well');
      expect(await reply('william', '/work demo 2 environment=sundays')).toMatch(
        /The window is closed: [^]*next \w+ \d{4}-\d\d-\d\d 05:00 Europe\/Paris \(0[34]:00 UTC\)/,
      );
      expect(await reply('william', '/work demo 2 env=production')).toContain(
        'Type `/work demo 2 environment=rehearsal` first.',
      );
      expect(bench.runs()).toEqual([]);
      const look = await bench.words.write('rita', '/work demo 2 environment=production dryrun');
      await bench.words.answerTo(
        look,
        /Now a run would not be started, as production requires/,
        /To do it for real, once it may start/,
      );

      const first = await bench.words.write('william', '/work demo 2 environment=rehearsal');
      const said = await bench.words.answerTo(first, /kind=end/, /was rehearsed and taken back/);
      expect(said).toContain('The rehearsal succeeded: each step went well, and what it did was taken back.');
      expect(marks()).toBe('');
      const proof = bench.runs().at(-1) ?? '';

      // Other values are not what was rehearsed.
      expect(await reply('william', '/work demo 3 environment=production')).toContain(
        `run ${proof}, was with other files or values`,
      );

      const asked = await bench.words.write('william', '/work demo 2 environment=production');
      const waits = await bench.words.answerTo(asked, /kind=approval/, /waits for an approval before it starts/);
      const [, digest = ''] = /`\/approve ([0-9a-f]{8})`/.exec(waits) ?? [];
      expect(waits).toContain('@rita: your approval is asked for.');
      expect(await reply('william', `/approve ${digest}`)).toContain('You asked for run');
      expect(await reply('olivia', '/approve deadbeef')).toContain(`type \`/approve ${digest} `);
      expect(await reply('olivia', '/retry')).toContain('has not started: it waits for an approval');
      expect(await reply('rita', '/status')).toContain('waits for an approval');
      bot.kill('SIGKILL');
      await bot.ended;
      bot = await bench.start();
      const types = new Set(bench.events().map(({ type }) => type));
      expect([...types]).toEqual(['run_requested', 'run_started']);
      expect(marks()).toBe('');
      await bench.words.write('rita', `/approve ${digest}`);
      const end = await bench.words.answerTo(asked, /kind=end/, /succeeded/, /Approved by rita/);
      expect(end).toContain(`run \`${proof}\``);
      expect(marks()).toBe('produced 2\n');
      expect(bench.events()).toContainEqual(
        expect.objectContaining({
          type: 'run_approved',
          digest,
          by: expect.objectContaining({ id: expect.any(Number), login: 'rita' }),
        }),
      );
      expect(await reply('olivia', `/approve ${digest}`)).toContain('No run of this issue waits');

      const work = makeWorkplace();
      atEnd(() => {
        work.remove();
      });
      const verify = verifyOf(bench, work);
      expect(await verify(['--strict'])).toMatchObject({ code: 0 });
      const { id } = bench.words.all().find(({ body }) => body.includes('kind=approval')) ?? { id: 0 };
      await bench.words.remove('olivia', id);
      expect(await verify()).toMatchObject({ code: 1 });
    });

    it('a run that nobody approves can be dropped', async () => {
      bench.commit({ 'procedures/demo/work.yml': WORK.replace(/ +requires: .*\n/, '') });
      const asked = await bench.words.write('william', '/work demo 2 environment=production');
      await bench.words.answerTo(asked, /kind=approval/);
      expect(await bench.words.reply('rita', '/status')).toContain('waits for an approval');
      await bench.words.write('olivia', '/abort');
      const end = await bench.words.answerTo(asked, /kind=end/, /was not approved, and has not started/);
      expect(end).toContain('It has changed nothing on any host.');
      expect(bench.events().map(({ type }) => type)).not.toContain('observed');
      expect(machine.content('home/.changeover')).toBe('');
    });
  });
});
