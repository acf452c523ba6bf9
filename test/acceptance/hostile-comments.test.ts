import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseComment } from '../../src/thread/parse-comment.ts';
import { seedFor } from '../generated/seed.ts';
import { type HostileComment, hostileComments } from '../support/hostile-comments.ts';
import { injections } from '../support/injections.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine } from './machine.ts';
import { atEnd, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { until } from './workplace.ts';

/** How many of each sort are written. */
const SAMPLE = 100;

const NOTE = procedure(
  `
  - id: note
    run: printf '%s\\0' "$text" >>~/notes
    on_rollback: {leave: a note does no harm}
  - id: say
    comment: 'Noted: \${{ params.text }}'
  `,
  'hosts: [one]\nparams: {text: {description: what to note, type: string, required: true}}',
);
const UPGRADE = procedure(
  `
  - id: fetch
    run: touch ~/upgraded
    on_rollback: {run: rm ~/upgraded}
  `,
  `hosts: [one]\nparams: {version: {description: the new version, type: string, pattern: '\\d+\\.\\d+', required: true}}`,
);

const openApi = await loadOpenApi();

/** GitHub takes these: no comment is empty or longer, and JSON in UTF-8 holds no half characters. */
const canBeWritten = ({ body }: HostileComment): boolean =>
  body.trim() !== '' && body.length <= 65_536 && !/\p{Cs}/u.test(body) && !body.includes('\0');

/** What is locked by hand holds up all others. */
const locksNothing = ({ body }: HostileComment): boolean => !/\/(?:lock|unlock|cancel)/.test(body);

/** Each injection as a value, and of the generated comments as many that ask for nothing, and as many that may. */
function sample(seed: number): readonly HostileComment[] {
  const of = (wanted: (comment: HostileComment) => boolean): readonly HostileComment[] =>
    fc.sample(
      hostileComments.filter((each) => canBeWritten(each) && locksNothing(each) && wanted(each)),
      { numRuns: SAMPLE, seed },
    );
  const values = injections
    .filter((text) => !/[\r\n"]/.test(text))
    .map((text): HostileComment => ({ body: `/note demo "${text}"`, asks: 'open' }))
    .filter(canBeWritten);
  return [...of(({ asks }) => asks === 'nothing'), ...of(({ asks }) => asks !== 'nothing'), ...values];
}

describeWith(openApi)('hundreds of hostile comments', (checker) => {
  endAfterEach();

  needs('sshd')('over SSH', () => {
    it('start what they ask for and nothing else, and whatever looks like a command is answered', async () => {
      const machine = await startMachine();
      atEnd(() => machine.remove());
      const bench = await openBench(checker, {
        'inventory.yml': inventoryOf({ one: machine }),
        'procedures/demo/note.yml': NOTE,
        'procedures/demo/upgrade.yml': UPGRADE,
      });
      const bot = await bench.start();
      const { words } = bench;
      const written: { readonly id: number; readonly issue: number; readonly comment: HostileComment }[] = [];
      for (const comment of sample(seedFor('test/acceptance/hostile-comments.test.ts'))) {
        // An issue for each, so that no answer is for the run of another.
        const issue = await words.openIssue('a test');
        const id = await words.write('william', comment.body, issue);
        const parsed = parseComment(comment.body);
        // By the grammar alone, as people know it.
        if (typeof comment.asks === 'object' && /^\/[a-z][a-z-]*(?: |$)/.test(comment.asks.line))
          expect([comment.body, parsed.kind]).not.toEqual([comment.body, 'ignore']);
        // One after the other, as they share a host.
        if (parsed.kind !== 'ignore') {
          await words.answerTo(id, /changeover:(?:reply=|run=\S+ kind=)/);
          await until(() => bench.runs().every((run) => bench.events(run).at(-1)?.type === 'run_finished'));
        }
        written.push({ id, issue, comment });
      }
      // What follows the last of them shows that all were heard.
      await words.reply('william', '/hlep');

      const began = bench.runs().flatMap((run) => {
        const [first] = bench.events(run);
        return first?.type === 'run_requested' && first.where.kind === 'issue' ? [first] : [];
      });
      for (const { id, issue, comment } of written) {
        const parsed = parseComment(comment.body);
        const runs = began.filter(({ where }) => where.kind === 'issue' && where.comment === id);
        const asksForRun = parsed.kind === 'command' && parsed.command.kind === 'procedure';
        expect([comment.body, runs.length]).toEqual([comment.body, asksForRun ? expect.any(Number) : 0]);
        expect(runs.length).toBeLessThanOrEqual(1);
        if (comment.asks === 'nothing' && parsed.kind === 'ignore') expect(words.all(issue)).toHaveLength(1);
        // What arrived is what was typed.
        if (asksForRun && runs[0] !== undefined) {
          const typed = [...parsed.command.positional, ...Object.values(parsed.command.named)];
          expect(Object.values(runs[0].plan.params)).toEqual(typed);
        }
      }
      const noted = began.filter(({ mode, plan }) => mode === 'apply' && plan.verb === 'note');
      expect(noted.length).toBeGreaterThan(injections.length / 2);
      const expected = noted.map(({ plan }) => plan.params['text']);
      expect(machine.content('home/notes').split('\0').slice(0, -1).toSorted()).toEqual(expected.toSorted());
      // Each line of the log is one object: nobody writes a line of their own.
      for (const line of bot.said().trim().split('\n'))
        expect(JSON.parse(line)).toMatchObject({ level: expect.anything() });
      expect(bot.said()).not.toContain('"level":"fatal"');
    }, 600_000);
  });
});
