import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { differences } from '../../src/playground/local-hosts/snapshot.ts';
import { type Bench, type Bot, endAfterEach } from '../acceptance/support/thread-bench.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { standing, trees } from './nbhosting/box.ts';
import { type LabBoxes, openBoxes, startBot, told } from './nbhosting/boxes.ts';
import { describeInLab } from './support/lab.ts';

const openApi = await loadOpenApi();

/** A unit that systemd does not start or stop. */
const refuses = (unit: string, what: 'Start' | 'Stop'): readonly [breaks: string, repairs: string] => [
  `mkdir -p /etc/systemd/system/${unit}.service.d
printf '[Unit]\\nRefuseManual${what}=yes\\n' >/etc/systemd/system/${unit}.service.d/refuses.conf
systemctl daemon-reload`,
  `rm -r /etc/systemd/system/${unit}.service.d; systemctl daemon-reload`,
];
const flag = (path: string): readonly [breaks: string, repairs: string] => [`touch ${path}`, `rm ${path}`];
const NO_CURL = `printf '#!/bin/sh\\nexit 7\\n' >/usr/local/bin/curl; chmod 755 /usr/local/bin/curl`;

type Failure = readonly [step: string, on: 'thurst' | 'thermals', how: readonly [breaks: string, repairs: string]];
const FAILURES: readonly Failure[] = [
  ['quiesce', 'thurst', refuses('docker', 'Stop')],
  ['release', 'thurst', refuses('nbhosting-addr', 'Stop')],
  ['take', 'thermals', refuses('nbhosting-addr', 'Start')],
  ['drop-development', 'thermals', refuses('nbhosting-dev-addr', 'Stop')],
  ['settings/install', 'thermals', flag('/etc/install-fails')],
];

describeWith(openApi)('nbhosting, in trouble,', (checker) => {
  describeInLab('on two boxes of the lab', () => {
    let boxes: LabBoxes;
    let bench: Bench;
    let bot: Bot;

    endAfterEach();
    beforeAll(async () => {
      boxes = await openBoxes();
    }, 400_000);
    afterAll(() => boxes.lab.remove());

    async function begin(): Promise<void> {
      ({ bench, bot } = await startBot(checker, boxes, (text) =>
        text.replaceAll(/timeout: (?:5m|2m)/g, 'timeout: 8s'),
      ));
    }

    /** Both boxes' addresses, units, release, settings and data. */
    async function all(): Promise<{ readonly stands: readonly string[]; readonly trees: ReadonlyMap<string, string> }> {
      const both = [boxes.thurst, boxes.thermals];
      const seen = await Promise.all(both.map((box) => trees(box)));
      const named = seen.flatMap((each, index) =>
        [...each].map(([path, what]) => [`${String(index)}${path}`, what] as const),
      );
      return { stands: await Promise.all(both.map((box) => standing(box))), trees: new Map(named) };
    }

    /** After `act` all is as it was before. */
    async function expectAsBefore(act: () => Promise<void>): Promise<void> {
      const before = await all();
      await act();
      const after = await all();
      expect(differences(before.trees, after.trees)).toEqual([]);
      expect(after.stands).toEqual(before.stands);
    }

    async function fails(command: string, ...wanted: readonly RegExp[]): Promise<number> {
      const asked = await bench.words.write('william', command, 2);
      await told(bench, asked, ...wanted);
      return asked;
    }

    async function rollsBack(asked: number): Promise<void> {
      await bench.words.write('olivia', '/rollback', 2);
      await told(bench, asked, / kind=end /, /was rolled back/);
    }

    it('never copies data to the box that holds production, nor deletes more than was allowed', async () => {
      await begin();
      await expectAsBefore(async () => {
        const refused = await bench.words.ask(
          'william',
          '/handover nbhosting thermals thurst',
          /thurst holds production/,
          2,
        );
        expect(refused).toContain('would be overwritten');
        await rollsBack(
          await fails('/handover nbhosting thurst thermals max_delete=1', /it would delete \d+, and max\\?_delete/),
        );
      });
    }, 300_000);

    it.each(FAILURES)(
      'fails in %s on %s, and all is as before once it is rolled back',
      async (step, on, [breaks, repairs]) => {
        await begin();
        await expectAsBefore(async () => {
          await boxes[on].must(breaks);
          const asked = await fails('/handover nbhosting thurst thermals', / kind=prompt-p1 /);
          await boxes[on].must(repairs);
          expect(bench.events().findLast(({ type }) => type === 'prompt_opened')).toMatchObject({ step });
          await rollsBack(asked);
        });
      },
      300_000,
    );

    it('asks in a rollback before it touches what people have written since, when the service is back already', async () => {
      await begin();
      await boxes.thurst.must(NO_CURL);
      const asked = await fails('/handover nbhosting thurst thermals', / kind=prompt-p1 /);
      expect(bench.events().findLast(({ type }) => type === 'prompt_opened')).toMatchObject({ step: 'answer' });
      await boxes.thurst.must('rm /usr/local/bin/curl');
      const kept = await boxes.thurst.read('/nbhosting/students/amelie/notebook.txt');
      await boxes.thermals.until('[ "$(wc -l </nbhosting/students/amelie/notebook.txt)" -gt "$1" ]', [
        String(kept.trimEnd().split('\n').length),
      ]);
      await bench.words.write('olivia', '/rollback', 2);
      const said = await told(bench, asked, / kind=prompt-p2 /, /is not as this run left it/);
      expect(said).toContain('/skip');
      expect(await boxes.thermals.must('curl -fsS "http://$1/"', [boxes.addresses.production])).toMatch(/^thurst /);
      for (const prompt of ['p2', 'p3']) {
        await told(bench, asked, new RegExp(` kind=prompt-${prompt} `));
        await bench.words.write('olivia', `/skip ${bench.runs().at(-1) ?? ''} ${prompt}`, 2);
      }
      await told(bench, asked, / kind=end /);
      // What was written on the other box is still there, for whoever wants it.
      const newer = await boxes.thermals.read('/nbhosting/students/amelie/notebook.txt');
      expect(newer.startsWith(kept) && newer.length > kept.length).toBe(true);
    }, 300_000);

    it('fails in a download, or an epilogue: there too all is as before', async () => {
      await begin();
      await expectAsBefore(async () => {
        const [breaks, repairs] = flag('/etc/download-fails');
        await boxes.thermals.must(breaks);
        const asked = await fails('/upgrade-box nbhosting thermals f29', / kind=prompt-p1 /);
        await boxes.thermals.must(repairs);
        await rollsBack(asked);
      });
      await boxes.thermals.must('systemctl disable --now --quiet nbhosting-dev-addr');
      await expectAsBefore(async () => {
        const [breaks, repairs] = refuses('nbhosting-dev-addr', 'Start');
        await boxes.thermals.must(breaks);
        const asked = await fails('/epilogue nbhosting thermals', / kind=prompt-p1 /);
        expect(bench.events().findLast(({ type }) => type === 'prompt_opened')).toMatchObject({
          step: 'take-development',
        });
        expect(await boxes.thermals.must('cd /nbhosting; ls -d raw* students*')).toBe('raw.prod\nstudents.prod\n');
        await boxes.thermals.must(repairs);
        await rollsBack(asked);
      });
      await boxes.thermals.must('systemctl enable --now --quiet nbhosting-dev-addr');
    }, 300_000);

    it('comes back from a restart without the new release: that is said, and a look again restarts nothing', async () => {
      ({ bench, bot } = await startBot(checker, boxes, (text) => text.replaceAll('timeout: 3h', 'timeout: 25s')));
      const before = await boxes.thermals.started();
      await boxes.thermals.must('touch /etc/upgrade-fails');
      const why = /it has started anew, but not as until wants it/;
      const asked = await fails('/upgrade-box nbhosting thermals f29', / kind=prompt-p1 /, why);
      const now = await boxes.thermals.started();
      expect(now).not.toBe(before);
      await bench.words.write('olivia', '/retry', 2);
      await told(bench, asked, / kind=prompt-p2 /);
      expect(await boxes.thermals.started()).toBe(now);
      await bench.words.write('olivia', '/abort', 2);
      await told(bench, asked, / kind=end /);
      await boxes.thermals.must('rm /etc/upgrade-fails');
    }, 300_000);

    it('goes on where the bot is killed in the rsync, and in the restart, and does neither twice', async () => {
      await begin();
      await boxes.thurst.write('/usr/local/bin/rsync', SLOW, '755');
      const handover = await bench.words.write('william', '/handover nbhosting thurst thermals', 2);
      await boxes.thurst.until('[ -s /var/log/copies ]');
      await killed();
      await boxes.thurst.must('touch /srv/go');
      await told(bench, handover, / kind=end /, /thermals` succeeded/);
      const copies = (await boxes.thurst.read('/var/log/copies')).trimEnd().split('\n');
      expect(copies.length).toBeGreaterThanOrEqual(3);
      expect(new Set(copies).size).toBe(copies.length);
      expect(await standing(boxes.thermals)).toContain(`${boxes.addresses.production}/27`);

      const before = await boxes.thurst.started();
      const upgrade = await bench.words.write('william', '/upgrade-box nbhosting thurst f29', 2);
      await boxes.thurst.until("grep -q 'dnf -y system-upgrade reboot' /var/log/stand-ins.log");
      await killed();
      await told(bench, upgrade, / kind=end /, /f29` succeeded/);
      expect(await boxes.thurst.started()).not.toBe(before);
      expect(await boxes.thurst.must("grep -c 'dnf -y system-upgrade reboot' /var/log/stand-ins.log")).toBe('1\n');
      expect(await standing(boxes.thurst)).toContain('VERSION_ID=29');
    }, 300_000);

    async function killed(): Promise<void> {
      bot.kill('SIGKILL');
      await bot.ended;
      bot = await bench.start();
    }
  });
});

/** Before the real rsync: a copy is written down, and waits until it may begin. */
const SLOW = `#!/bin/sh
case " $* " in
  *' -n '* | *' --server '*) ;;
  *) echo "$*" >>/var/log/copies; until [ -e /srv/go ]; do sleep 0.1; done ;;
esac
exec /usr/bin/rsync "$@"
`;
