import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, endAfterAll, inventoryOf, openBench } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';

const VERSION = `hosts: [one]
params:
  version: {description: the new version, type: string, pattern: '^\\d+\\.\\d+$', required: true}`;

/** Leaves marks in the home folder; the second step fails until somebody puts a file there. */
const UPGRADE = procedure(
  `
  - id: first
    name: Leave the first mark
    run: echo "first $version" >>~/marks
    on_rollback: {run: rm ~/marks}
  - id: second
    run: |
      if [ -e ~/broken ]; then echo "it is broken" >&2; exit 7; fi
      echo second >>~/marks
    on_rollback: {leave: the first step's undo removes the file}
  `,
  VERSION,
);
/** Its param has no pattern: whatever is typed is data. */
const NOTE = procedure(
  `
  - id: note
    run: printf '%s' "$text" >~/note
    on_rollback: {run: rm ~/note}
  `,
  'hosts: [one]\nparams: {text: {description: what to note, type: string, required: true}}',
);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let issue: number;

const marks = (): string => machine.content('home/marks');

describeWith(openApi)('comments in an issue', (checker) => {
  endAfterAll();
  beforeAll(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/upgrade.yml': UPGRADE,
      'procedures/demo/note.yml': NOTE,
    });
    await bench.start();
  });
  beforeEach(async () => {
    issue = await bench.words.openIssue(expect.getState().currentTestName ?? 'a test');
  });
  afterEach(() => {
    for (const name of ['marks', 'broken', 'note']) rmSync(machine.path(`home/${name}`), { force: true });
  });
  const reply = (login: string, body: string): Promise<string> => bench.words.reply(login, body, issue);

  needs('sshd')('that were written wrongly', () => {
    it.each([
      ['/upgrad demo 1.6', /Nothing was started[^]*no procedure `upgrad`.*Did you mean `\/upgrade demo`/],
      ['/upgrade dmo 1.6', /Nothing was started[^]*no system `dmo`.*Did you mean `\/upgrade demo`/],
      ['/hlep', /Did you mean|If you meant .*`\/help`/],
      ['/upgrade', /needs the name of a system/],
      ['/upgrade demo', /`version` is missing/],
      ['/upgrade demo 1.6 versoin=1.7', /versoin[^]*version/],
      ['/upgrade demo 1.6 1.7', /1\.7/],
      ['/upgrade demo one', /one[^]*\^\\d\+\\\.\\d\+\$/],
      ['/upgrade demo 1.6; rm -rf /', /`-rf` looks like an option/],
      ['/upgrade demo "1.6; rm -rf /"', /1\.6; rm -rf \/[^]*\^\\d\+\\\.\\d\+\$/],
      ['/upgrade demo $(reboot)', /\$\(reboot\)[^]*\^\\d\+\\\.\\d\+\$/],
      ['/upgrade demo `reboot`', /reboot/],
      ['/upgrade demo 1.6 dryrum', /nearly `dryrun`/],
      ['/upgrade demo 1.6 --dry-run', /dryrun|option/],
      ['/upgrade demo version="1.6', /not closed/],
      ['/upgrade demo “1.6”', /typographic/],
      ['/Upgrade demo 1.6', /small letters: `\/upgrade`/],
      ['/upgrade demo 1.6\n\n/rollback', /One comment, one command/],
      ['/upgrade demo 1.6 at 2026-12-01T06:00:00+01:00', /cannot start a run at a later time/],
      ['/upgrade demo 1.6 environment=production', /has no environments: leave out `environment=production`/],
      ['/skip', /No run of this issue waits/],
      ['/abort 20200101-aaaa', /no run `20200101-aaaa` in this issue/],
      ['/status 20200101-aaaa', /no run `20200101-aaaa` in this issue/],
      ['/logs first', /no run in this issue yet/],
      ['/logs', /Of which step/],
      ['/approve deadbeef', /No run of this issue waits for an answer, so `\/approve` did nothing/],
      ['/approve it', /`it` fits nowhere in this command. Write `\/approve <digest>/],
      ['/pause', /No run of this issue is under way, so `\/pause` did nothing[^]*`\/status`/],
      ['/cancel 20200101-aaaa', /no run `20200101-aaaa` in this issue/],
      ['/cancel', /Of what\? Write `\/cancel <run>`/],
      ['/lock one', /Why\?/],
      ['/unlock one', /`one` is not locked/],
      ['/lock onne it is mended', /There is no host and no group `onne`[^]*Did you mean `one`\?/],
      ['/queue', /Nothing is locked, and no run waits/],
    ])('are answered with what to type instead, and nothing is started: %s', async (typed, wanted) => {
      const before = bench.runs().length;
      expect(await reply('william', typed)).toMatch(wanted);
      expect(bench.runs()).toHaveLength(before);
      expect(marks()).toBe('');
    });
  });

  needs('sshd')('that hold a command', () => {
    it('as data, whatever it says, never as code', async () => {
      const typed = `/note demo "$(touch ~/marks); \`touch ~/marks\` ' & echo | rm -rf ~/.ssh; \\\\ %s \${HOME}"`;
      const said = await bench.words.ask('william', typed, /kind=end[^]*succeeded/, issue);
      expect(said).toContain('succeeded');
      expect(machine.content('home/note')).toBe(/"(.*)"/s.exec(typed)?.[1]);
      expect(marks()).toBe('');
    });

    it('in code, a quote, a list, HTML or talk are let be, without a word or a call', async () => {
      const calls = bench.calls().length;
      const ids: number[] = [];
      for (const body of [
        '```\n/upgrade demo 1.6\n```',
        '    /upgrade demo 1.6',
        '> /upgrade demo 1.6',
        '- /upgrade demo 1.6\n- and then /rollback',
        '<!--\n/upgrade demo 1.6\n-->',
        'Say `/upgrade demo 1.6` and look at /var/log, a/b and/or c.',
      ]) {
        ids.push(await bench.words.write('william', body, issue));
      }
      // Deliveries come in order: what follows them shows that they were heard.
      await reply('william', '/hlep');
      expect(bench.words.after(ids[0] ?? 0)).toHaveLength(1);
      for (const id of ids) expect(await bench.words.eyesOn(id)).toBe(0);
      expect(bench.calls().length - calls).toBeLessThanOrEqual(4);
    });

    it('are followed only as they were written at first', async () => {
      const { words } = bench;
      const before = bench.runs().length;
      const harmless = await words.write('rita', 'What about it?', issue);
      await words.edit('rita', harmless, '/upgrade demo 1.6 dryrun');
      // Its event comes late: by then a writer has made something else of what rita wrote.
      const { id, hear } = await bench.writeUnheard('rita', '/upgrade demo 1.6 dryrun', issue);
      await words.edit('olivia', id, '/upgrade demo 1.7 dryrun');
      await hear();
      await words.answerTo(id, /the comment was edited before I came to it/);
      expect(words.after(harmless)).toHaveLength(1);
      expect(await words.eyesOn(id)).toBe(0);
      expect(bench.runs()).toHaveLength(before);
    });

    it('are not followed once they are gone', async () => {
      const before = bench.runs().length;
      const { id, hear } = await bench.writeUnheard('william', '/upgrade demo 1.6', issue);
      await bench.words.remove('william', id);
      const next = await bench.words.write('william', 'Not yet.', issue);
      await hear();
      await reply('william', '/hlep');
      expect(bench.words.after(next)).toHaveLength(1);
      expect(bench.runs()).toHaveLength(before);
    });
  });

  needs('sshd')('that ask', () => {
    it('are answered from the very definitions that are run', async () => {
      const empty = await reply('rita', '/status');
      expect(empty).toMatch(/no run in this issue|No run/);
      const help = await reply('rita', '/help');
      for (const verb of ['/rollback', '/retry', '/skip', '/abort', '/logs', '/status', '/hosts', '/procedures']) {
        expect(help).toContain(verb);
      }
      const about = await reply('rita', '/help upgrade demo');
      expect(about).toContain('the new version');
      expect(about).toContain('/upgrade demo');
      expect(about).toMatch(/text that matches `\^\\d\+\\\.\\d\+\$`/);
      const procedures = await reply('rita', '/procedures');
      expect(procedures).toContain('/upgrade demo');
      expect(procedures).toContain('/note demo');
      expect(await reply('rita', '/hosts')).toMatch(/`one`[^]*127\.0\.0\.1/);

      await bench.words.ask('william', '/upgrade demo 1.6', /kind=end/, issue);
      const [run = ''] = bench.runs().slice(-1);
      expect(await reply('rita', '/status')).toContain(run);
      const status = await reply('rita', `/status ${run}`);
      expect(status).toMatch(/Leave the first mark[^]*changed/);
      expect(await reply('rita', '/logs frist')).toMatch(/no step `frist`.*Did you mean `first`/);
      expect(await reply('rita', '/logs first two')).toContain('has printed nothing');
      expect(await reply('rita', '/help upgarde')).toContain('`/help upgrade`');
    });
  });

  needs('sshd')('of people', () => {
    it('who may only read look, and are refused to run or decide before anything else can be seen', async () => {
      const looked = await bench.words.write('rita', '/upgrade demo 1.6 dryrun', issue);
      await bench.words.answerTo(looked, /Nothing was changed/);
      const calls = bench.calls().length;
      const asked = await bench.words.write('rita', '/upgrade demo 1.6', issue);
      const said = await bench.words.answerTo(asked, /the right "write" is needed; yours is "read"/);
      expect(said).toContain('Add the word dryrun');
      expect(await bench.words.eyesOn(asked)).toBe(0);
      expect(
        bench
          .calls()
          .slice(calls)
          .map((call) => call.replace(/\d{5,}/, 'ID'))
          .toSorted(),
      ).toEqual([
        'GET /repos/acme/ops/collaborators/rita/permission 200',
        'GET /repos/acme/ops/issues/comments/ID 200',
        `POST /repos/acme/ops/issues/${String(issue)}/comments 201`,
      ]);
      expect(marks()).toBe('');
    });

    it('who decide elsewhere are told where the run belongs', async () => {
      await bench.words.ask('william', '/upgrade demo 1.6', /kind=end/, issue);
      const [run = ''] = bench.runs().slice(-1);
      const other = await bench.words.openIssue('another');
      expect(await bench.words.reply('william', `/abort ${run}`, other)).toContain(`belongs to #${String(issue)}`);
    });
  });

  describe('of the bot itself', () => {
    it('are no commands', async () => {
      const before = bench.runs().length;
      const id = await bench.words.write('changeover[bot]', '/upgrade demo 1.6', issue);
      await reply('william', '/hlep');
      expect(bench.words.after(id)).toHaveLength(1);
      expect(bench.runs()).toHaveLength(before);
    });
  });

  needs('sshd')('about a run that stopped', () => {
    const stop = async (): Promise<number> => {
      writeFileSync(machine.path('home/broken'), '');
      const id = await bench.words.write('william', '/upgrade demo 1.6', issue);
      const said = await bench.words.answerTo(id, /kind=prompt-p1/);
      expect(said).toContain('it is broken');
      expect(said).toMatch(/^\| `\/skip` \|/m);
      return id;
    };

    it('let it go on without the step, which is recorded as skipped by whom, never as success', async () => {
      const id = await stop();
      await bench.words.write('olivia', '/skip', issue);
      const said = await bench.words.answerTo(id, /kind=end/, /succeeded after/);
      expect(said).toMatch(/\*\*Skipped\*\*[^]*second[^]*skipped by olivia/);
      expect(ofKind(bench.words.after(id), 'live')[0]).toMatch(/skipped[^|]*by olivia/);
      expect(bench.events()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'decision_made', decision: 'skip', prompt: 'p1' }),
          expect.objectContaining({ type: 'step_skipped', step: 'second' }),
        ]),
      );
      expect(bench.events().find(({ type }) => type === 'decision_made')).toMatchObject({
        by: { kind: 'github', login: 'olivia', id: 1001, right: 'admin' },
        comment: expect.any(Number),
      });
      expect(marks()).toBe('first 1.6\n');
    });

    it('end it where it stands, or are no answer', async () => {
      const id = await stop();
      expect(await reply('william', '/continue')).toMatch(/no answer to p1[^]*`\/retry/);
      expect(await reply('william', '/retry p2')).toMatch(/never asked p2[^]*p1/);
      await bench.words.write('william', '/abort', issue);
      const said = await bench.words.answerTo(id, /kind=end/, /was aborted after|aborted/);
      expect(said).toMatch(/begun, and not undone\*\*[^]*first/);
      expect(marks()).toBe('first 1.6\n');
      expect(await reply('william', '/rollback')).toContain('No run of this issue waits');
    });

    it('are done once, however often their events are delivered', async () => {
      const before = bench.runs().length;
      const id = await bench.words.write('william', '/upgrade demo 1.6', issue);
      await bench.words.answerTo(id, /kind=end/);
      for (let times = 0; times < 3; times += 1) await bench.deliverAgain(id);
      await reply('william', '/hlep');
      expect(bench.runs()).toHaveLength(before + 1);
      expect(marks()).toBe('first 1.6\nsecond\n');
      expect(ofKind(bench.words.after(id), 'live')).toHaveLength(1);
    });
  });
});
