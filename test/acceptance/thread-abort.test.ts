import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { until } from './workplace.ts';

/** The second step ends at once on the second host, and never on the first. */
const WORK = procedure(
  `
  - id: first
    run: echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
  - id: second
    run: |
      echo begun >>~/lines
      [ "$(cat ~/quick 2>/dev/null)" = yes ] || sleep 300
    on_rollback: {run: echo unsecond >>~/lines}
`,
  'hosts: [one, two]',
);

const openApi = await loadOpenApi();
let one: Machine;
let two: Machine;
let bench: Bench;

describeWith(openApi)('an abort in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    [one, two] = await Promise.all([
      startMachine(),
      startMachine((folder) => {
        writeFileSync(join(folder, 'home/quick'), 'yes\n');
        return Promise.resolve({});
      }),
    ]);
    atEnd(() => one.remove());
    atEnd(() => two.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one, two }),
      'procedures/demo/work.yml': WORK,
    });
    await bench.start();
  });

  needs('sshd')('over SSH', () => {
    it('kills what is under way on its host, and tells of each host how it is left', async () => {
      const asked = await bench.words.write('william', '/work demo');
      await until(() => one.content('home/lines').includes('begun'));
      await bench.happens((event) => event.type === 'job_finished' && event.job.step === 'second');
      await bench.words.write('olivia', '/abort');
      const said = await bench.words.answerTo(asked, /kind=end/);
      expect(said).toMatch(
        /\| `one` \| step 2, second: stopped after .*, while doing its work: that may be half done \| step 1 \|/,
      );
      expect(said).toContain('| `two` | nothing | steps 1 and 2 |');
      const [run = ''] = bench.runs();
      expect(said).toContain(`Look first at step second on one: \`/logs second one ${run}\` shows what it printed.`);
      expect(said).toMatch(/Nothing was undone[^]*`\/work demo` does all of it anew/);
      expect(await one.left()).toEqual([]);
      expect(one.content('home/lines')).toBe('first\nbegun\n');
    });
  });
});
