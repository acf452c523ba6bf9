import { readFileSync, readlinkSync } from 'node:fs';
import { beforeEach, expect, it } from '@jest/globals';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { expectGolden, normalised } from './support/thread-golden.ts';
import { ofKind, repliesIn } from './support/thread-words.ts';

/** A shipped procedure, but that it looks more often while it waits. */
const shipped = (file: string): string => readFileSync(file, 'utf8').replaceAll('delay: 1s', 'delay: 100ms');
const UPGRADE = shipped('procedures/pryv/upgrade.yml');

/** What `core-data` says it leaves, and nothing else. */
const LEFT = /^\+ var\/pryv1\.6\/pryv\/core\/data(?:\/|:)/;

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

describeWith(openApi)('the Pryv upgrade in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine(seedPryv);
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ pryv: machine }),
      'procedures/pryv/upgrade.yml': UPGRADE,
      'procedures/pryv/redis-merge.yml': shipped('procedures/pryv/redis-merge.yml'),
    });
    bot = await bench.start();
  });

  const root = (): string => readlinkSync(machine.path('var/pryv')).replace(/^.*\//, '');

  needs('sshd', 'rsync')('on a host behind a real sshd', () => {
    it('looks at each step on the host for who may only read, and changes nothing', async () => {
      let shown = '';
      let asked = 0;
      const changed = await machine.changedBy(async () => {
        asked = await bench.words.write('rita', '/upgrade pryv 1.6 dryrun');
        shown = await bench.words.answerTo(asked, /Nothing was changed/);
        // The last words stand there; what the process does on the host after them would show, too.
        bot.kill('SIGTERM');
        expect(await bot.ended).toMatchObject({ code: 0 });
      }, true);
      expect(changed).toEqual([]);
      expect(await machine.left()).toEqual([]);
      for (const [, id = ''] of UPGRADE.matchAll(/^ {2}- id: (.+)$/gm)) expect(shown).toMatch(rowOf(id, 'pryv'));
      expect(shown).toContain('docker stop --time 120 pryvio_mongodb');
      expect(shown).toContain(machine.path('var/pryv1.6'));
      expect(shown).toContain('**35 steps**: 11 looked at, 16 simulated, 8 not to be known');
      expect(await bench.words.eyesOn(asked)).toBe(1);
      expect(bench.events().every(({ type }) => type !== 'job_started')).toBe(true);
      process.stdout.write(`GitHub calls of a dry run of 35 steps: ${String(bench.calls().length)}\n`);
      expect(bench.calls().length).toBeLessThanOrEqual(15);
    });

    it('brings the platform to the new version and says so, with the people told before and after', async () => {
      const asked = await bench.words.write('william', '/upgrade pryv 1.6');
      const said = await bench.words.answerTo(asked, /succeeded after/, /kind=end/, /kind=say-tell-after/);
      expect(root()).toBe('pryv1.6');
      const bodies = bench.words.after(asked);
      expect(bodies.map((body) => /kind=(\S+)/.exec(body)?.[1])).toEqual([
        'live',
        'say-tell-before',
        'say-tell-after',
        'end',
      ]);
      expect(said).toContain('The upgrade of Pryv.io from 1.5 to 1.6 begins.');
      expect(said).toContain("both versions' Redis in");
      expect(bodies.at(-1)).toMatch(/@william: run `\d{8}-\w{4}` took/);
      expect(bench.events().at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      expect(await bench.words.ask('rita', '/logs dump', /done dumping pryv-node/)).toContain('`dump`');
      bot.kill('SIGTERM');
      expect(await bot.ended).toMatchObject({ code: 0 });
      expect(await machine.left()).toEqual([]);
    });

    it('asks when mongorestore fails, may not skip it, and goes back when told to', async () => {
      await machine.setFault('mongorestore-fails', true);
      const changed = await machine.changedBy(async () => {
        const asked = await bench.words.write('william', '/upgrade pryv 1.6');
        const prompt = await bench.words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
        expect(prompt).toContain('stand-in mongorestore: Failed');
        for (const answer of ['retry', 'rollback', 'abort'])
          expect(prompt).toMatch(new RegExp(`^\\| \`/${answer}\` \\| `, 'm'));
        expect(prompt).not.toMatch(/^\| `\/skip` \|/m);
        expect(prompt).toContain('There is no `/skip`: the procedure marks this step as critical.');
        expect(prompt).toMatch(/undone by “Stop mongodb of the new version, empty its database and remove the copy/);
        expect(root()).toBe('pryv1.6');

        const refused = await bench.words.ask('william', '/skip', /critical/);
        expect(refused).toMatch(/so it cannot be skipped\. Answer `\/retry \S+ p1`/);
        await bench.words.ask('rita', '/rollback', /To decide about a run here, the right "write" is needed/);
        expect(bench.events().some(({ type }) => type === 'decision_made' || type === 'rollback_started')).toBe(false);

        await bench.words.write('olivia', '/rollback');
        await bench.words.answerTo(asked, /was rolled back after/, /kind=end/);
      });
      expect(root()).toBe('pryv1.5');
      expect(changed.filter((line) => !LEFT.test(line))).toEqual([]);
      expect(changed).not.toEqual([]);
      expect(bench.events().at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
      process.stdout.write(
        `GitHub calls of a failed run of 18 steps, two refusals and its rollback: ${String(bench.calls().length)}\n`,
      );
    });

    it('goes on from the failed step once the cause is mended', async () => {
      await machine.setFault('mongorestore-fails', true);
      const asked = await bench.words.write('william', '/upgrade pryv 1.6');
      await bench.words.answerTo(asked, /kind=prompt-p1/);
      await bench.words.write('william', '/retry');
      const said = await bench.words.answerTo(asked, /succeeded after/, /kind=end/, /Answered: `\/retry` by william/);
      expect(said).toContain('attempt 2');
      expect(root()).toBe('pryv1.6');
      const restores = bench.events().filter((event) => event.type === 'job_finished' && event.job.step === 'restore');
      expect(restores).toMatchObject([
        { outcome: 'failed', job: { attempt: 1 } },
        { outcome: 'changed', job: { attempt: 2 } },
      ]);
    });

    it('is rehearsed before production, which wants that, its window and somebody who agrees', async () => {
      const { words } = bench;
      const upgrade = (window: string): void => {
        bench.commit({ 'procedures/pryv/upgrade.yml': UPGRADE.replace(/^( +window: ).*$/m, `$1${window}`) });
      };
      upgrade("{ not_after: '2020-01-01T00:00Z' }");
      expect(await words.reply('william', '/upgrade pryv 1.6 environment=production')).toContain(
        'The window is closed',
      );
      upgrade("{ not_before: '2020-01-01T00:00Z' }");
      expect(await words.reply('william', '/upgrade pryv 1.6 environment=production')).toContain(
        'Type `/upgrade pryv 1.6 environment=rehearsal` first.',
      );
      expect(bench.runs()).toEqual([]);

      const changed = await machine.changedBy(async () => {
        const first = await words.write('william', '/upgrade pryv 1.6 environment=rehearsal');
        const said = await words.answerTo(first, /kind=end/, /was rehearsed and taken back/);
        expect(said).toContain('A rehearsal of the upgrade of Pryv.io from 1.5 to 1.6 begins.');
        expect(said).toContain('A rehearsal of the upgrade of Pryv.io to 1.6 was taken back. 1.5 is up');
        expect(ofKind(words.after(first), 'say-tell-after')).toEqual([]);
        expect(ofKind(words.after(first), 'end')[0]).toMatch(/Downtime: [^\n]* from \S+ UTC to \S+ UTC\./);
      });
      expect(changed.filter((line) => !LEFT.test(line))).toEqual([]);
      // Core of the new version has answered, and nobody was let in to it.
      const outcomes = new Map(
        bench.events().flatMap((event) => (event.type === 'job_finished' ? [[event.job.step, event.outcome]] : [])),
      );
      expect([outcomes.get('redis/replay'), outcomes.has('open')]).toEqual(['changed', false]);

      const asked = await words.write('william', '/upgrade pryv 1.6 environment=production');
      const waits = await words.answerTo(asked, /kind=approval/);
      const [, digest = ''] = /`\/approve ([0-9a-f]{8})`/.exec(waits) ?? [];
      expect(root()).toBe('pryv1.5');
      await words.write('olivia', `/approve ${digest}`);
      await words.answerTo(asked, /kind=end/, /succeeded after/, /kind=say-tell-after/, /Approved by olivia/);
      expect(ofKind(words.after(asked), 'end')[0]).toMatch(/Downtime: /);
      expect(root()).toBe('pryv1.6');
    });

    it('reads from the first question to the end like this', async () => {
      const { words } = bench;
      await machine.setFault('mongorestore-fails', true);
      const now = (after: number, kind: string): string =>
        said(`changeover`, ofKind(words.after(after), kind)[0] ?? '');
      const reply = (after: number): string => said('changeover', repliesIn(words.after(after))[0] ?? '');
      const looked = await words.write('rita', '/upgrade pryv 1.6 dryrun');
      await words.answerTo(looked, /Nothing was changed/);
      const parts = [said('rita', '/upgrade pryv 1.6 dryrun'), now(looked, 'live')];

      const asked = await words.write('william', '/upgrade pryv 1.6');
      await words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
      parts.push(said('william', '/upgrade pryv 1.6'), now(asked, 'live'), now(asked, 'say-tell-before'));
      parts.push(now(asked, 'prompt-p1'));
      for (const [who, line] of [
        ['rita', '/rollback'],
        ['william', '/skip'],
        ['william', '/rolback'],
      ] as const) {
        const id = await words.write(who, line);
        await words.answerTo(id, /changeover:reply/);
        parts.push(said(who, line), reply(id));
      }
      await words.write('olivia', '/rollback');
      await words.answerTo(asked, /was rolled back after/, /Answered: `\/rollback`/, /kind=end/);
      parts.push(said('olivia', '/rollback'), `(the prompt above is edited)\n\n${now(asked, 'prompt-p1')}`);
      parts.push(`(the run's first comment is edited a last time)\n\n${now(asked, 'live')}`, now(asked, 'end'));

      for (const line of ['/status', '/logs restore']) {
        const id = await words.write('rita', line);
        await words.answerTo(id, /changeover:reply/);
        parts.push(said('rita', line), reply(id));
      }
      expectGolden('thread.md', normalised(parts.join('\n\n---\n\n'), machine));
    });
  });
});

const said = (who: string, text: string): string => `## ${who}\n\n${text}`;

/** A row of a table: number, the step with its id, the host. */
const rowOf = (id: string, host: string): RegExp =>
  new RegExp(`^\\| \\d+ \\| [^|]*${id}[^|]*\\| [^|]*${host}[^|]*\\|`, 'm');
