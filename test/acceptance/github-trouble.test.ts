import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from '@jest/globals';
import { TROUBLES, type TroubleName } from '../../src/playground/local-github/troubles.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi, type OpenApiChecker } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine } from './machine.ts';
import { atEnd, type Bot, endAfterAll, inventoryOf, openBench } from './support/thread-bench.ts';
import { normalised } from './support/thread-golden.ts';
import { until } from './workplace.ts';

/** It waits at each turn for a file, so that GitHub can be in trouble just then. */
const WORK = procedure(`
  - id: first
    run: |
      echo first >>~/lines
      until [ -e ~/go-on ]; do sleep 0.05; done
    on_rollback:
      run: |
        echo unfirst >>~/lines
        until [ -e ~/end ]; do sleep 0.05; done
  - id: second
    run: |
      echo second >>~/lines
      until [ -e ~/fail ]; do sleep 0.05; done
      exit 1
    on_rollback: {run: echo unsecond >>~/lines}
`);

/** What of a run GitHub's trouble can meet, in the order of a run. */
const PHASES = ['command', 'files', 'live', 'prompt', 'decision', 'end'] as const;
type Phase = (typeof PHASES)[number];

/** How a run went: all that stands in its thread, what it did, and what is recorded. */
interface Story {
  readonly thread: readonly string[];
  readonly lines: string;
  readonly events: readonly string[];
  /** How many requests and webhooks were struck, in each phase. */
  readonly met: Readonly<Partial<Record<Phase, number>>>;
}

const isOfWebhooks = (name: TroubleName): boolean => name.endsWith('-webhooks');
/** What is refused is tried again; what hangs or is slow takes its time. */
const atLeast = (name: TroubleName): number =>
  isOfWebhooks(name) || name === 'github-hangs' || name === 'github-slow' ? 1 : 2;
/** Where webhooks do not arrive, commands have to be found; else only what is meant to be asked is asked. */
const lookSeconds = (name: TroubleName | undefined): string =>
  name === 'github-down' || name === 'github-loses-webhooks' ? '1' : '3600';

/**
 * A run that fails, is rolled back and ends, with GitHub in trouble at each of its turns and well again after it.
 * @param dies the server is killed in each trouble, and another one started before it is over.
 */
async function live(checker: OpenApiChecker, trouble: TroubleName | undefined, dies = false): Promise<Story> {
  const machine = await startMachine();
  atEnd(() => machine.remove());
  const bench = await openBench(checker, {
    'inventory.yml': inventoryOf({ one: machine }),
    'procedures/demo/work.yml': WORK,
  });
  const { github, words } = bench;
  const start = (): Promise<Bot> => bench.start({ CHANGEOVER_LOOK_SECONDS: lookSeconds(trouble) });
  let bot = await start();
  await until(() => github.requests.filter(({ path }) => path.endsWith('/issues/comments')).length >= 2);
  // So that there is time between who asks and what is read.
  github.faults.add({ method: 'GET', path: /\/issues\/comments\/\d+$/, delayMs: 500, times: Infinity });
  const met: Partial<Record<Phase, number>> = {};

  async function amidst(phase: Phase, turn: () => Promise<unknown>, happens = (): boolean => true): Promise<void> {
    const count = (): number => (trouble === undefined ? 0 : github.troubles.met(trouble));
    const before = count();
    github.troubles.set(trouble);
    await turn();
    await until(() => happens() && (trouble === undefined || count() >= before + atLeast(trouble)));
    if (dies) {
      bot.kill('SIGKILL');
      await bot.ended;
      bot = await start();
    }
    github.troubles.set(undefined);
    met[phase] = count() - before;
  }

  const go = (name: string) => () => writeFile(machine.path(`home/${name}`), '');
  const lines = (): string => machine.content('home/lines');
  const has = (type: string) => (): boolean => bench.events().some((event) => event.type === type);
  const permissions = (): number =>
    github.requests.filter(({ path, status }) => path.endsWith('/permission') && status === 200).length;

  let asked = 0;
  await amidst('command', async () => {
    asked = await words.write('william', '/work demo');
    await github.webhooks.idle();
  });
  if (trouble !== undefined && !isOfWebhooks(trouble) && !dies) {
    await until(() => permissions() > 0);
    await amidst('files', () => Promise.resolve());
  }
  await words.answerTo(asked, /kind=live/);
  await until(() => lines() === 'first\n');
  await amidst('live', go('go-on'), () => lines().endsWith('second\n'));
  // To take a run up, GitHub has to show its files.
  if (dies) await until(() => bench.events().filter(({ type }) => type === 'run_started').length === 2);
  await amidst('prompt', go('fail'), has('prompt_opened'));
  await words.answerTo(asked, /kind=prompt-p1/);
  await amidst('decision', async () => {
    await words.write('olivia', '/rollback');
    await github.webhooks.idle();
  });
  await until(() => lines().endsWith('unfirst\n'));
  await amidst('end', go('end'), has('run_finished'));
  await words.answerTo(asked, /kind=end/, /was rolled back after/, /Answered: `\/rollback`/);
  return {
    thread: words.all().map(({ login, body }) => `${login}: ${normalised(body, machine)}`),
    lines: lines(),
    events: bench.events().map(({ type }) => type),
    met,
  };
}

/** So many at once: they mostly wait. */
const AT_ONCE = 3;

async function all(works: readonly (() => Promise<Story>)[]): Promise<readonly PromiseSettledResult<Story>[]> {
  const results: PromiseSettledResult<Story>[] = [];
  const left = [...works.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, work] = next;
      const [result] = await Promise.allSettled([work()]);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const taken = ({ events }: Story): readonly string[] => events.filter((type) => type !== 'run_started');

const valueOf = (result: PromiseSettledResult<Story> | undefined): Story => {
  if (result?.status === 'fulfilled') return result.value;
  throw result === undefined ? new Error('It was not played.') : (result.reason as Error);
};

const openApi = await loadOpenApi();

describeWith(openApi)('a run that fails and is rolled back', (checker) => {
  endAfterAll();
  const names = TROUBLES.map(({ name }) => name);
  const deadly = names.filter((name) => !isOfWebhooks(name) && name !== 'github-slow');

  needs('sshd')('with GitHub in trouble at each of its turns', () => {
    let calm: Story;
    let troubled: readonly PromiseSettledResult<Story>[];
    beforeAll(async () => {
      const [first, ...others] = await all([
        () => live(checker, undefined),
        ...names.map((name) => () => live(checker, name)),
        ...deadly.map((name) => () => live(checker, name, true)),
      ]);
      troubled = others;
      const told = others.map((result, index) => {
        const name = names[index] ?? `${deadly[index - names.length] ?? ''} and a server that dies`;
        const met = result.status === 'fulfilled' ? result.value.met : {};
        return `${name}: ${PHASES.map((phase) => `${phase} ${String(met[phase] ?? '-')}`).join(', ')}`;
      });
      process.stdout.write(`Requests and webhooks struck, by phase\n  ${told.join('\n  ')}\n`);
      calm = valueOf(first);
    }, 600_000);

    it.each(names.map((name, index) => [name, index] as const))('says the same, once: %s', (name, index) => {
      const story = valueOf(troubled[index]);
      expect(story.thread).toEqual(calm.thread);
      expect(story.lines).toBe(calm.lines);
      expect(taken(story)).toEqual(taken(calm));
      const phases = PHASES.filter((phase) => phase !== 'files' || !isOfWebhooks(name));
      for (const phase of phases) expect(`${phase} ${String(story.met[phase])}`).not.toMatch(/ (?:0|undefined)$/);
    });

    it.each(deadly.map((name, index) => [name, index] as const))(
      'says the same, once, though the server dies meanwhile: %s',
      (_name, index) => {
        const story = valueOf(troubled[names.length + index]);
        expect(story.thread).toEqual(calm.thread);
        expect(story.lines).toBe(calm.lines);
        for (const type of ['run_requested', 'prompt_opened', 'decision_made', 'run_finished'])
          expect(story.events.filter((each) => each === type)).toEqual([type]);
      },
    );
  });
});
