import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { atEnd, endAfterEach } from '../acceptance/support/thread-bench.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { standing } from './nbhosting/box.ts';
import { type LabBoxes, openBoxes, startBot, told } from './nbhosting/boxes.ts';
import { gaps, startClient } from './nbhosting/client.ts';
import { describeInLab } from './support/lab.ts';

const openApi = await loadOpenApi();

describeWith(openApi)('nbhosting', (checker) => {
  describeInLab('on two boxes of the lab', () => {
    let boxes: LabBoxes;

    endAfterEach();
    beforeAll(async () => {
      boxes = await openBoxes();
    }, 400_000);
    afterAll(() => boxes.lab.remove());

    it('swaps them while a client asks ten times a second and students write, and loses nothing', async () => {
      const { thurst, thermals, addresses } = boxes;
      const { bench } = await startBot(checker, boxes);
      const restarts = await Promise.all([thurst, thermals].map((box) => box.started()));
      const client = startClient(`http://${addresses.production}/`);
      atEnd(() => {
        client.stop();
      });
      const asked = await bench.words.write('william', '/swap nbhosting thurst thermals f27 f29', 2);
      await told(bench, asked, /make a branch f29 and get nbhosting to work there/);
      await bench.words.write('olivia', '/continue', 2);
      const said = await told(bench, asked, /kind=end/);
      expect(said).toMatch(/`\/swap nbhosting thurst thermals f27 f29` succeeded/);
      client.stop();

      expect(await standing(thurst)).toContain(`${addresses.production}/27`);
      expect(await standing(thurst)).toContain('VERSION_ID=29\nserver_name production.example');
      expect(await standing(thermals)).not.toMatch(new RegExp(`${addresses.production}/|${addresses.development}/`));
      expect(await standing(thermals)).toContain('VERSION_ID=29');
      const again = await Promise.all([thurst, thermals].map((box) => box.started()));
      for (const [index, started] of again.entries()) expect(started).not.toBe(restarts[index]);

      // The one, then the other, then the one: never both.
      const moves = gaps(client.answers);
      expect(moves.map(({ from, to }) => `${from} to ${to}`)).toEqual(['thurst to thermals', 'thermals to thurst']);
      for (const { from, to, ms } of moves) {
        process.stderr.write(`from ${from} to ${to}: nobody was answered for ${String(ms)} ms\n`);
      }
      // Every line that was on the disk when the doors were shut, on whichever box, in one row.
      const lines = (await thurst.read('/nbhosting/students/amelie/notebook.txt')).trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(100);
      expect(lines).toEqual(lines.map((_, index) => String(index + 1)));
    }, 400_000);
  });
});
