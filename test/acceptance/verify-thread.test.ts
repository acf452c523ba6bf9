import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { freePort } from '../support/sshd.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { verifyOf } from './support/thread-verify.ts';
import type { Word } from './support/thread-words.ts';
import { type Ended, makeWorkplace, type Workplace } from './workplace.ts';

/** Says something, and fails until the file `ready` is there. */
const WORK = procedure(
  `
  - id: tell
    comment: It begins on \${{ vars.place }}.
  - id: first
    env:
      zeta: z
      alpha: \${{ params.word }}
    run: echo "$zeta $alpha"
    on_rollback: {leave: a test}
  - id: second
    run: test -e ~/ready
    on_rollback: {leave: a test}
`,
  "hosts: [one]\nparams:\n  word: {description: any, type: string, default: w}\nvars: {place: 'the test'}",
);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;
let work: Workplace;
let verify: ReturnType<typeof verifyOf>;

/** The bot's comment of a kind in the newest run. */
function comment(kind: string): Word {
  const found = bench.words
    .all()
    .find(
      ({ login, body }) =>
        login === 'changeover[bot]' && body.includes(`run=${bench.runs().at(-1) ?? ''} kind=${kind} `),
    );
  if (found === undefined) throw new Error(`There is no comment ${kind}.`);
  return found;
}

const urlOf = ({ id }: Word): string => `${bench.github.url}/acme/ops/issues/1#issuecomment-${String(id)}`;
const fileOf = (run = bench.runs().at(-1) ?? ''): string => join(bench.journal, 'runs', `${run}.jsonl`);

async function waits(): Promise<number> {
  const asked = await bench.words.write('william', '/work demo');
  await bench.words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
  return asked;
}

/** Answers the prompt so that the run goes well, and waits until all of it is told. */
async function goesOn(asked: number): Promise<void> {
  writeFileSync(machine.path('home/ready'), '');
  await bench.words.write('olivia', '/retry');
  await bench.words.answerTo(asked, /succeeded after/, /kind=end/, /Answered: `\/retry` by olivia/);
}

const succeeded = async (): Promise<void> => goesOn(await waits());

/** Ends with 1 and says this, with nothing left uncompared. */
function expectChanged(ended: Ended, ...what: readonly (string | RegExp)[]): void {
  expect(ended).toMatchObject({ code: 1, err: '' });
  for (const each of what) expect(ended.out).toMatch(each);
  expect(ended.out).not.toContain('intact');
}

describeWith(openApi)('verify compares the thread', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    work = makeWorkplace();
    atEnd(() => {
      work.remove();
    });
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/work.yml': WORK,
    });
    bot = await bench.start();
    verify = verifyOf(bench, work);
  });

  needs('sshd')('of a run in an issue', () => {
    it('and finds it intact while it waits, when it is over, and of a dry run', async () => {
      await waits();
      expect(await verify()).toMatchObject({
        code: 0,
        out: expect.stringContaining('and 3 comments in its thread'),
        err: '',
      });
      writeFileSync(machine.path('home/ready'), '');
      await bench.words.ask('olivia', '/retry', /kind=end/);
      // A copy by somebody else is nobody's word, nor are the answers to other comments.
      await bench.words.write('william', comment('end').body.replace(/head=[0-9a-f]+/, `head=${'a'.repeat(64)}`));
      await bench.words.reply('rita', '/status');
      const over = await verify(['--strict']);
      expect(over).toMatchObject({ code: 0, err: '' });
      expect(over.out).toMatch(
        /^Run \S+ is intact: \d+ events, 3 logs, 1 hash on its hosts and 4 comments in its thread/,
      );
      expect(await verify([], {}, fileOf())).toMatchObject({ code: 0, out: expect.stringContaining('4 comments') });

      await bench.words.ask('rita', '/work demo word=x dryrun', /Nothing was changed/);
      expect(await verify(['--strict'])).toMatchObject({
        code: 0,
        out: expect.stringContaining('1 comment in its thread'),
      });
      const { id, body } = comment('live');
      await bench.words.edit('olivia', id, body.replace('Nothing was changed', 'All was changed'));
      expectChanged(await verify(), /^the live comment \(.*\) was edited/m);
    });

    it('and names the prompt, the end or the words of a step that somebody edited', async () => {
      const asked = await waits();
      const prompt = comment('prompt-p1');
      await bench.words.edit('olivia', prompt.id, prompt.body.replace('/abort', '/continue'));
      const open = await verify();
      expectChanged(open, /^the prompt p1 \(.*\) was edited: its text is not the one that was posted/m);
      expect(open.out).toContain(urlOf(prompt));
      // The bot puts its own words in their place with the answer.
      await goesOn(asked);
      for (const [kind, from, to] of [
        ['prompt-p1', 'olivia', 'william'],
        ['end', 'succeeded', 'failed'],
        ['say-tell', 'begins', 'ends'],
        ['live', 'succeeded', 'failed'],
      ] as const) {
        const { id, body } = comment(kind);
        await bench.words.edit('olivia', id, body.replaceAll(from, to));
        const ended = await verify();
        expectChanged(ended, /was edited/);
        expect(ended.out).toContain(urlOf(comment(kind)));
        await bench.words.edit('olivia', id, body);
      }
      expect(await verify()).toMatchObject({ code: 0 });
    });

    it('and names one that somebody deleted, whoever writes it anew', async () => {
      await succeeded();
      const { id, body } = comment('end');
      await bench.words.remove('olivia', id);
      // Somebody else's is no replacement.
      await bench.words.write('olivia', body);
      expectChanged(await verify(), /^the end comment is not in the thread: it was deleted/m);
    });

    it('and knows by it that the last events of the journal were cut off', async () => {
      await succeeded();
      const file = fileOf();
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const asked = bench.events().findIndex(({ type }) => type === 'prompt_opened');
      const [, head = ''] = /head=([0-9a-f]{64})/.exec(comment('end').body) ?? [];
      writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
      const ended = await verify();
      expectChanged(ended, /^the end comment .* which this journal does not have: events are missing or were changed/m);
      expect(ended.out).toContain(head);
      expect(ended.out).toContain(urlOf(comment('end')));
      // By the comments alone, where no host is asked.
      writeFileSync(file, `${lines.slice(0, asked).join('\n')}\n`);
      expectChanged(await verify([], {}, file), /^the prompt p1 .* names event/m, /^the end comment .* names event/m);
      expect(await verify([], { GITHUB_TOKEN: undefined }, file)).toMatchObject({ code: 0 });
    });
  });

  needs('sshd')('as far as it can', () => {
    it('and says what to set where it cannot read it, and that it was not compared', async () => {
      await succeeded();
      bench.github.faults.add({ method: 'GET', path: /\/comments$/, status: 404, body: { message: 'Not Found' } });
      for (const [env, why] of [
        [{}, /GitHub shows no issue acme\/ops#1 to the token in GITHUB_TOKEN \(404/],
        [{ GITHUB_TOKEN: undefined }, /GITHUB_TOKEN is not set\. Set it to a token that may read issues of acme\/ops/],
        [{ GITHUB_TOKEN: 'nobody-here' }, /GitHub does not know the token in GITHUB_TOKEN \(401/],
        [{ GITHUB_API_URL: `http://127.0.0.1:${String(await freePort())}` }, /GitHub could not be asked .* later/],
      ] as const) {
        const ended = await verify([], env);
        expect(ended).toMatchObject({
          code: 0,
          err: expect.stringMatching(/^The comments in acme\/ops#1 were not compared: /),
        });
        expect(ended.err).toMatch(why);
        expect(ended.out).toMatch(/^Run \S+ is intact, as far as it could be compared: .* 1 hash on its hosts, head/);
        expect(ended.out).toMatch(/^Not compared: the comments in acme\/ops#1$/m);
      }
      expect(await verify(['--strict'], { GITHUB_TOKEN: undefined })).toMatchObject({ code: 4 });
    });

    it('and does not miss what a terminal did not say; once a server has said it, it compares that', async () => {
      const asked = await waits();
      bot.kill('SIGTERM');
      await bot.ended;
      const run = bench.runs().at(-1) ?? '';
      const decided = await work.changeover('--journal', bench.journal, 'decide', run, 'abort', '--recorded-plan');
      expect(decided).toMatchObject({ code: 1 });
      const ended = await verify();
      expect(ended).toMatchObject({
        code: 0,
        err: expect.stringMatching(/^the end comment is not in the thread: a terminal had/m),
      });
      expect(ended.out).toMatch(/^Not compared: the live comment, the prompt p1, the end comment$/m);
      await bench.start();
      await bench.words.answerTo(asked, /was aborted after/, /kind=end/, /Answered: `\/abort`/);
      expect(await verify(['--strict'])).toMatchObject({ code: 0, err: '' });
    });
  });
});
