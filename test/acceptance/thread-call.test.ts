import { writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';

const UP = procedure(
  `
  - {id: first, run: echo first >>~/marks, on_rollback: {run: rm ~/marks}}
  - id: stop
    call: {procedure: web/stop, with: {who: '\${{ params.who }}'}}
  - {id: last, run: echo last >>~/marks, on_rollback: {leave: a test}}
`,
  'hosts: [one]\nparams: {who: {default: pilot}}',
);
const STOP = procedure(
  `
  - {id: conf, file: {path: 'DIR/app.conf', src: files/app.conf}}
  - id: nginx
    run: |
      echo "stopping for $who"
      [ ! -e ~/full ] || { echo "it is full" >&2; exit 4; }
    on_rollback: {leave: a test}
`,
  'hosts: [one]\nparams: {who: {}}',
);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;

describeWith(openApi)('a procedure that another calls, in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/up.yml': UP,
      'procedures/web/stop.yml': STOP.replaceAll('DIR', machine.path('home')),
      'procedures/web/files/app.conf': 'closed\n',
    });
    await bench.start();
  });

  const fill = (): void => {
    writeFileSync(machine.path('home/full'), '');
  };

  needs('sshd')('over SSH', () => {
    it('is shown by a dry run, and costs one call for each of its files', async () => {
      const look = await bench.words.ask('william', '/up demo dryrun', /kind=live/);
      expect(look).not.toContain('in the way');
      const asked = await bench.words.write('william', '/up demo');
      const end = await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(end).toMatch(/\| 3 \| `stop\/nginx` \| `one` \| ✅ changed/);
      expect(end).toMatch(/`stop`: `web\/stop` with `who` = `pilot`/);
      expect(machine.content('home/app.conf')).toBe('closed\n');
      const read = bench.calls().filter((call) => call.startsWith('GET') && call.includes('/contents/'));
      expect(read.filter((call) => call.includes('/contents/procedures/web/'))).toHaveLength(2);
      expect(await bench.words.reply('rita', '/logs stop/nginx')).toContain('stopping for pilot');
    });

    it('stops at a step of it, by its name, and leaves everything as it was after a rollback', async () => {
      fill();
      const changed = await machine.changedBy(async () => {
        const asked = await bench.words.write('william', '/up demo');
        const prompt = await bench.words.answerTo(asked, /kind=prompt-p1/);
        expect(prompt).toContain('stop/nginx');
        expect(prompt).toContain('it is full');
        expect(await bench.words.reply('rita', '/logs stop/nginx')).toContain('it is full');
        await bench.words.write('william', '/rollback');
        await bench.words.answerTo(asked, /kind=end/, /rolled back after/);
      });
      expect(changed).toEqual([]);
    });

    it('goes on without a step of it that somebody skips', async () => {
      fill();
      const asked = await bench.words.write('william', '/up demo');
      await bench.words.answerTo(asked, /kind=prompt-p1/);
      await bench.words.write('william', '/skip');
      const end = await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(end).toMatch(/`stop\/nginx` \| `one` \| .*skipped.*by william/);
      expect(machine.content('home/marks')).toBe('first\nlast\n');
    });

    it('is told with its file where it is faulty, and nothing is started', async () => {
      bench.commit({ 'procedures/web/stop.yml': STOP.replace('{who: {}}', '{whom: {}}') });
      const said = await bench.words.reply('william', '/up demo');
      expect(said).toContain('Nothing was started.');
      expect(said).toMatch(/procedures\/demo\/up\.yml:\d+:\d+.*there is no param.*who/);
    });
  });
});
