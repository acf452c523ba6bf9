import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { differences, type Snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import { type Bench, type Bot, endAfterAll } from '../acceptance/support/thread-bench.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { type LabBoxes, lookAtBoth, NAMES, openBench, openBoxes, shipped } from './nbhosting/boxes.ts';
import {
  type Failure,
  FAILURES,
  HANDOVER,
  NO_ANSWER,
  NOBODY_WRITES,
  type On,
  OTHER_BOX_AGAIN,
} from './nbhosting/failures.ts';
import { STEPS, stepsOn } from './nbhosting/steps.ts';
import { describeInLab, LAB_MS } from './support/lab.ts';

const openApi = await loadOpenApi();
/** A bot is killed as one that hangs once it is twice as old. */
const OLD_MS = 100_000;
const NOTEBOOK = '/nbhosting/students/amelie/notebook.txt';

describeWith(openApi)('nbhosting, broken,', (checker) => {
  describeInLab('on two boxes of the lab', () => {
    let boxes: LabBoxes;
    let bench: Bench;
    let bot: { readonly since: number; readonly process: Bot } | undefined;
    const broken = new Set<string>();
    let last = 1;
    let times = '{}';
    /** As the case before has left the boxes, where nothing was done to them since. */
    let asLeft: Snapshot | undefined;

    endAfterAll();
    beforeAll(async () => {
      boxes = await openBoxes();
      for (const name of NAMES) await boxes[name].must(NOBODY_WRITES.breaks);
      bench = await openBench(checker, boxes);
    }, LAB_MS);
    afterAll(() => boxes.lab.remove());

    async function onEach(on: On | undefined, what: 'breaks' | 'repairs'): Promise<void> {
      await Promise.all(
        NAMES.map(async (name) => {
          const script = on?.[name]?.[what];
          if (script !== undefined) await boxes[name].must(script);
        }),
      );
    }

    /** From now on these steps give up sooner, and no others: what does come has its time. */
    function giveTimes(wanted: Readonly<Record<string, string>> = {}): void {
      if (JSON.stringify(wanted) === times) return;
      times = JSON.stringify(wanted);
      bench.commit(shipped(wanted));
    }

    /** A comment in an issue of its own, with a bot that is young enough to answer it. */
    async function write(command: string): Promise<{ readonly issue: number; readonly asked: number }> {
      if (bot === undefined || Date.now() - bot.since > OLD_MS) {
        bot?.process.kill('SIGKILL');
        await bot?.process.ended;
        bot = { since: Date.now(), process: await bench.start() };
      }
      const issue = await bench.words.openIssue(command);
      last = issue;
      return { issue, asked: await bench.words.write('william', `/${command}`, issue) };
    }

    /** What is said once that comment of a run is there; an end in its place is none. */
    async function says(asked: number, kind: string): Promise<string> {
      const said = await bench.words.answerTo(asked, new RegExp(` kind=(?:${kind}|end) `));
      expect(said).toContain(` kind=${kind} `);
      return said;
    }

    /** The step at which the newest run asks. */
    const askedAt = (): string => {
      const opened = bench.events().findLast((event) => event.type === 'prompt_opened');
      return opened?.type === 'prompt_opened' ? opened.step : '';
    };
    function isBroken(command: string, step: string): void {
      const [verb = ''] = command.split(' ');
      for (const each of stepsOn(verb, step)) broken.add(each);
    }

    async function thurstServes(): Promise<void> {
      const { thermals, addresses } = boxes;
      expect(await thermals.must('curl -fsS "http://$1/"', [addresses.production])).toMatch(/^thurst /);
    }

    async function isRefused({ command, at, trouble }: Failure): Promise<void> {
      await onEach(trouble, 'breaks');
      const { asked } = await write(command);
      const said = await bench.words.answerTo(asked, /was not started| kind=(?:prompt-p1|end) /);
      expect(said).toContain('Nothing was changed on any host');
      await onEach(trouble, 'repairs');
      const steps = [...said.matchAll(/^- \w+: step (\S+): /gm)].map(([, step = '']) =>
        step.replace(/^preflight\//, ''),
      );
      expect(steps).toContain(at);
      for (const step of steps) isBroken(command, step);
    }

    async function failsAndGoesBack(
      { command, at, trouble, validates, again, says: word, inVain, forGood = [] }: Failure,
      before: Snapshot,
    ): Promise<void> {
      let prompt = 1;
      giveTimes(inVain);
      if (validates === undefined) await onEach(trouble, 'breaks');
      const { issue, asked } = await write(command);
      if (validates === true) {
        await says(asked, 'prompt-p1');
        await onEach(trouble, 'breaks');
        await bench.words.write('olivia', '/continue', issue);
        prompt += 1;
      }
      const asks = await says(asked, `prompt-p${String(prompt)}`);
      expect(askedAt()).toBe(at);
      isBroken(command, at);
      if (word !== undefined) {
        expect(asks).toMatch(word);
        expect(differences(before, await lookAtBoth(boxes))).toEqual([]);
      }
      if (again === undefined) await onEach(trouble, 'repairs');
      await bench.words.write('olivia', '/rollback', issue);
      if (again !== undefined) {
        await says(asked, `prompt-p${String(prompt + 1)}`);
        expect(askedAt()).toBe(again);
        isBroken(command, again);
        if (again === OTHER_BOX_AGAIN) await thurstServes();
        await onEach(trouble, 'repairs');
        await bench.words.write('olivia', '/retry', issue);
      }
      const end = await says(asked, 'end');
      expect(end).toMatch(forGood.length === 0 ? /was rolled back/ : /it cannot be undone/);
      for (const step of forGood) {
        expect(asks).toMatch(new RegExp(`\\(\`${step}\`\\).* on .*: \\*\\*cannot be undone\\*\\*`));
        expect(end).toMatch(new RegExp(`\\(\`${step}\`\\).* on .*: it cannot be undone`));
      }
    }

    /** So that a case which fails does not hold up those after it. */
    async function giveUp({ trouble, given }: Failure): Promise<void> {
      const scripts = NAMES.map((name) => [name, [trouble, given].map((on) => on?.[name]?.repairs ?? '')] as const);
      await Promise.all(scripts.flatMap(([name, each]) => each.map((script) => boxes[name].run(script))));
      await bench.words.write('olivia', `/abort`, last);
      if (bench.events().at(-1)?.type !== 'run_finished') await bench.happens(({ type }) => type === 'run_finished');
    }

    it.each(FAILURES.map((each) => [each.at, each.command, each] as const))(
      'fails at %s of /%s, and all is as before once it is rolled back',
      async (_at, _command, failure) => {
        const { refused, stays = [], given } = failure;
        await onEach(given, 'breaks');
        const before = (given === undefined ? asLeft : undefined) ?? (await lookAtBoth(boxes));
        asLeft = undefined;
        try {
          await (refused === true ? isRefused(failure) : failsAndGoesBack(failure, before));
        } catch (error) {
          await giveUp(failure);
          throw error;
        }
        const after = await lookAtBoth(boxes);
        const changed = differences(before, after);
        await onEach(given, 'repairs');
        expect(changed.filter((line) => !stays.some((each) => each.test(line)))).toEqual([]);
        for (const each of stays) expect(changed).toContainEqual(expect.stringMatching(each));
        if (given === undefined) asLeft = after;
      },
    );

    it('asks in a rollback before it touches what people have written since, when the service is back already', async () => {
      const { thurst, thermals } = boxes;
      giveTimes({ answer: '6s' });
      for (const name of NAMES) await boxes[name].must(NOBODY_WRITES.repairs);
      await thurst.must(NO_ANSWER.breaks);
      const { issue, asked } = await write(HANDOVER);
      await says(asked, 'prompt-p1');
      expect(askedAt()).toBe('answer');
      await thurst.must(NO_ANSWER.repairs);
      const kept = await thurst.read(NOTEBOOK);
      await thermals.until('[ "$(wc -l <"$1")" -gt "$2" ]', [NOTEBOOK, String(kept.trimEnd().split('\n').length)]);
      await bench.words.write('olivia', '/rollback', issue);
      const said = await says(asked, 'prompt-p2');
      expect(said).toContain('is not as this run left it');
      expect(said).toContain('/skip');
      await thurstServes();
      for (const prompt of ['p2', 'p3']) {
        await says(asked, `prompt-${prompt}`);
        await bench.words.write('olivia', `/skip ${bench.runs().at(-1) ?? ''} ${prompt}`, issue);
      }
      await says(asked, 'end');
      // What was written on the other box is still there, for whoever wants it.
      const newer = await thermals.read(NOTEBOOK);
      expect(newer.startsWith(kept) && newer.length > kept.length).toBe(true);
    });

    it('has failed at each step of each procedure', () => {
      expect(STEPS.filter((step) => !broken.has(step))).toEqual([]);
    });
  });
});
