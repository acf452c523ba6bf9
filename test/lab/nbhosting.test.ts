import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { differences } from '../../src/playground/local-hosts/snapshot.ts';
import { type Bench, type Bot, atEnd, endAfterAll } from '../acceptance/support/thread-bench.ts';
import { normalised } from '../acceptance/support/thread-golden.ts';
import { ofKind } from '../acceptance/support/thread-words.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { look } from './nbhosting/box.ts';
import { type LabBoxes, lookAtBoth, NAMES, openBench, openBoxes, told } from './nbhosting/boxes.ts';
import { EACH_MS, movesIn, silencesIn, startClient } from './nbhosting/client.ts';
import { describeInLab, LAB_MS } from './support/lab.ts';

const openApi = await loadOpenApi();
const SWAP = '/swap nbhosting thurst thermals f27 f29';

/** Before the real rsync: a copy is written down, and slow where much is to be copied. */
const SLOW = `#!/bin/sh
case " $* " in
  *' -n '* | *' --server '*) exec /usr/bin/rsync "$@" ;;
esac
echo "$*" >>/var/log/copies
exec /usr/bin/rsync --bwlimit=1500 "$@"
`;
/** So long that a bot can be killed while it is copied. */
const LECTURE = '/nbhosting/students/lecture.mp4';
const MAKE_LECTURE = `head -c 8000000 /dev/urandom >${LECTURE}; sha256sum ${LECTURE}`;

describeWith(openApi)('nbhosting', (checker) => {
  describeInLab('on two boxes of the lab', () => {
    let boxes: LabBoxes;
    let bench: Bench;
    let bot: Bot;

    endAfterAll();
    beforeAll(async () => {
      boxes = await openBoxes();
      bench = await openBench(checker, boxes);
      bot = await bench.start();
    }, LAB_MS);
    afterAll(() => boxes.lab.remove());

    async function killed(): Promise<void> {
      bot.kill('SIGKILL');
      await bot.ended;
      bot = await bench.start();
    }

    it('is told step by step in its dry run, and changes nothing', async () => {
      const before = await lookAtBoth(boxes);
      const said = await bench.words.ask('rita', `${SWAP} dryrun`, /Nothing was changed/, 2);
      expectGolden('nbhosting-swap.md', plain(said, boxes));
      expect(differences(before, await lookAtBoth(boxes))).toEqual([]);
    });

    it('swaps them while a client asks ten times a second, students write, and the bot is killed in a restart and in a copy: nothing is lost or done twice', async () => {
      const { thurst, thermals, addresses } = boxes;
      await thurst.write('/nbhosting/raw/events.csv', 'of today\n');
      await thurst.write('/usr/local/bin/rsync', SLOW, '755');
      const lecture = await thurst.must(MAKE_LECTURE);
      const restarts = await Promise.all([thurst, thermals].map((box) => box.started()));
      const client = startClient(`http://${addresses.production}/`);
      atEnd(async () => {
        await client.stop();
      });
      const asked = await bench.words.write('william', SWAP, 2);
      await thermals.until(`grep -q '${RESTART}' /var/log/stand-ins.log`);
      await killed();
      const first = /`thermals` \| `release` \| `f27` \| ✅ `f27`/;
      await told(bench, asked, /make a branch f29 and get nbhosting to work there/, first);
      await bench.words.write('olivia', '/continue', 2);
      await thermals.until('ls /nbhosting/students/.lecture.mp4.??????');
      await killed();
      expect(await thermals.must(`ls -A /nbhosting/students`)).toMatch(/^\.lecture\.mp4\.\w{6}$/m);
      await thermals.until(`[ "$(sha256sum ${LECTURE})" = "$1" ]`, [lecture.trimEnd()]);
      const said = await told(bench, asked, /kind=end/);
      expect(said).toMatch(/`\/swap nbhosting thurst thermals f27 f29` succeeded/);
      const questions = await client.stop();

      const [now, there] = await Promise.all([look(thurst), look(thermals)]);
      expect(now.get('addresses')).toContain(`${addresses.production}/27`);
      expect([now.get('release'), now.get('server_name')]).toEqual(['f29', 'production.example']);
      expect(there.get('addresses')).toBe(`${thermals.address}/27 `);
      expect(there.get('release')).toBe('f29');
      // What pip had for the old python3 is there for the new one.
      for (const seen of [now, there]) {
        const packages = [...seen.keys()].filter((path) => path.endsWith('-2.dist-info'));
        expect(
          packages.map((path) => path.replace('/usr/local/', '').replace('python3.11/site-packages/', '')),
        ).toEqual(['lib/django-2.dist-info', 'lib/ruamel_yaml-2.dist-info', 'lib64/numpy-2.dist-info']);
      }

      // Each has restarted, once.
      const again = await Promise.all([thurst, thermals].map((box) => box.started()));
      for (const [index, started] of again.entries()) expect(started).not.toBe(restarts[index]);
      for (const box of [thurst, thermals]) {
        expect(await box.must(`grep -c '${RESTART}' /var/log/stand-ins.log`)).toBe('1\n');
      }
      const copies = (await thurst.read('/var/log/copies')).trimEnd().split('\n');
      expect(copies.length).toBeGreaterThanOrEqual(3);
      expect(new Set(copies).size).toBe(copies.length);

      // The one, then the other, then the one: never both.
      const moves = movesIn(questions);
      expect(moves.map(({ from, to }) => `${from} to ${to}`)).toEqual(['thurst to thermals', 'thermals to thurst']);
      for (const { from, to, since, until } of moves) {
        process.stderr.write(`from ${from} to ${to}: nobody was answered for ${String(until - since)} ms\n`);
      }
      // Nobody was left without an answer at any other time; and it was asked that often, or almost, on a busy machine.
      const strays = silencesIn(questions).filter(
        (silence) => !moves.some(({ since, until }) => since <= silence.since && silence.until <= until),
      );
      expect(strays).toEqual([]);
      const asking = (questions.at(-1)?.at ?? 0) - (questions[0]?.at ?? 0);
      expect(questions.length).toBeGreaterThan(asking / (2 * EACH_MS));

      // Every line that was on a disk, on whichever box, once: who lost any wrote it only in a log that no copy touches.
      const written = await Promise.all([thurst, thermals].map((box) => box.read('/var/log/notebook-lines')));
      const lines = (await thurst.read('/nbhosting/students/amelie/notebook.txt')).trimEnd().split('\n');
      for (const log of written) expect(log.split('\n').length).toBeGreaterThan(20);
      const kept = new Set(lines);
      expect(kept.size).toBe(lines.length);
      expect(written.flatMap((log) => log.trimEnd().split('\n')).filter((line) => !kept.has(line))).toEqual([]);
      const writers = lines.map((line) => line.split(' ')[0]);
      expect(writers.filter((box, index) => box !== writers[index - 1])).toEqual(['thurst', 'thermals', 'thurst']);
      for (const box of [thurst, thermals]) expect(await box.must(`sha256sum ${LECTURE}`)).toBe(lecture);
      expect(await thurst.read('/nbhosting/raw/events.csv')).toBe('of today\n');

      // The page's five tables, each where it stands, in the comment that is left to be read.
      await bench.words.answerTo(asked, /kind=live .*\n### .* succeeded after /);
      const [live = ''] = ofKind(bench.words.after(asked), 'live');
      expect(Object.keys(TABLES).map((name) => [name, foundIn(live, name)])).toEqual(Object.entries(TABLES));
      expect(said).toContain('nbhosting is back, on thurst.');
      expect(said).toContain('/epilogue nbhosting thermals');
    }, 400_000);

    it('makes the box that has lost production one for development, and removes what is left over where that is asked for', async () => {
      const { thermals } = boxes;
      const before = await look(thermals);
      const plan = await bench.words.ask(
        'rita',
        '/epilogue nbhosting thermals remove=true dryrun',
        /Nothing was changed/,
        2,
      );
      for (const step of ['drop-kept', 'drop-containers', 'drop-volumes']) expect(plan).toContain(step);
      expect(plan).toMatch(/cannot be undone/);
      const asked = await bench.words.write('william', '/epilogue nbhosting thermals remove=true', 2);
      const said = await told(bench, asked, /kind=end/, /succeeded/);
      expect(said).toContain('python-notebook latest');
      const now = await look(thermals);
      expect(now.get('nbhosting-dev-addr.service')).toBe('active enabled');
      expect(now.get('server_name')).toBe('development.example');
      const below = (folder: string): readonly string[] => [...now.keys()].filter((path) => path.startsWith(folder));
      // Its data are kept beside; what the handovers had kept is gone, as are containers, images and docker's volumes.
      for (const kept of ['students', 'raw']) {
        const wanted = [...before].filter(([path]) => path.startsWith(`/nbhosting/${kept}/`));
        expect(wanted.length).toBeGreaterThan(0);
        for (const [path, how] of wanted) {
          expect(now.get(path.replace(`/nbhosting/${kept}/`, `/nbhosting/${kept}.prod/`))).toBe(how);
        }
      }
      expect([...before.keys()].some((path) => path.startsWith('/nbhosting/before-'))).toBe(true);
      expect(below('/nbhosting/before-')).toEqual([]);
      expect(below('/var/lib/stand-in-docker/')).toEqual(
        ['containers', 'images'].map((kind) => `/var/lib/stand-in-docker/${kind}`),
      );
      expect(below('/nbhosting/dockers/btrfs/subvolumes/')).toEqual([]);
      expect(below('/nbhosting/dockers/of-somebody-else/')).toEqual(['/nbhosting/dockers/of-somebody-else/notes']);
      expect(await bench.words.ask('william', '/epilogue nbhosting thermals', /was not started/, 2)).toContain(
        'function',
      );
    }, 120_000);
  });
});

const RESTART = 'dnf -y system-upgrade reboot';

/** By what their steps are called: function and release of thurst, then of thermals. */
const TABLES = {
  'The starting point': ['production f27', 'development f27'],
  'The development box is upgraded': ['production f27', 'development f29'],
  'Production is redirected': ['none f27', 'production f29'],
  'The usual production box is upgraded': ['none f29', 'production f29'],
  'Production is back': ['production f29', 'none f29'],
};

/** What the table of a step reads, where all that was wanted was found. */
function foundIn(comment: string, name: string): readonly string[] {
  const [, table = ''] =
    new RegExp(`<summary>Step \\d+, ${name}: wanted beside found</summary>([^]*?)</details>`).exec(comment) ?? [];
  return NAMES.map((host) =>
    ['function', 'release']
      .map(
        (fact) =>
          new RegExp(`^\\| \`${host}\` \\| \`${fact}\` \\| \`(\\S+)\` \\| ✅ \`\\1\` \\|$`, 'm').exec(table)?.[1],
      )
      .join(' '),
  );
}

function plain(text: string, { thurst, thermals, addresses }: LabBoxes): string {
  const named = [
    [thurst.address, '192.0.2.101'],
    [thermals.address, '192.0.2.102'],
    [addresses.production, '192.0.2.1'],
    [addresses.development, '192.0.2.14'],
  ] as const;
  const here = named.reduce((all, [address, name]) => all.replaceAll(address, name), text);
  return normalised(here, { folder: '/no/folder/of/this/machine', sshd: { port: 22 } }).replaceAll(
    /rtt min.*?(?=\))/g,
    'rtt 0.1 ms',
  );
}

/** Compares with a file that people have read; with UPDATE_GOLDEN=1 it is written anew, to be read again. */
function expectGolden(name: string, text: string): void {
  const file = new URL(`nbhosting/golden/${name}`, import.meta.url);
  const written = text.endsWith('\n') ? text : `${text}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, written);
  expect(written).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '(there is no such file yet)');
}
