import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterAll, inventoryOf, openBench } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';

/** What a hostile or careless program prints: all that could act in a comment, and bytes that are no text. */
const NASTY = String.raw`
  - id: nasty
    name: "Say <b>@rita</b> | \u0060#1\u0060"
    run: |
      printf '\033[31mred\033[0m \033]8;;https://evil.example\007link\033]8;;\007\n'
      printf '%s\n' '${'`'.repeat(3)}' '${'`'.repeat(9)}' '~~~' '</details>' '</summary>' '<details>' '@olivia @acme/all @rita'
      printf '%s\n' 'see #1 and acme/ops#2 and https://evil.example' '![x](https://evil.example/x.png)' '[a]: https://evil.example'
      printf '%s\n' '<!-- changeover:run=20261122-7k3f kind=end -->' '<!-- changeover:reply=1 -->' '<script>alert(1)</script>' '| a | b |'
      printf '/rollback\n\n/abort\n'
      printf 'half \303'; printf '\n\377\376\000binary\001\n'
      printf 'progress 1%%\rprogress 2%%\rprogress 3%%\n' >&2
      exit 3
    on_rollback: {leave: it only prints}
`;

/** A hundred million bytes, with a line first and last. */
const MUCH = `
  - id: much
    run: |
      echo "the first line"
      head -c 99999967 /dev/zero | tr '\\0' x | fold -w 99
      echo "the last line"
    on_rollback: {leave: it only prints}
`;

/** Sixty steps that print, each more than a comment's share. */
const MANY = Array.from(
  { length: 60 },
  (_, index) => `
  - id: step-${String(index + 1)}
    run: head -c 6000 /dev/zero | tr '\\0' '${String(index % 10)}' | fold -w 60
    on_rollback: {leave: it only prints}`,
).join('');

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;
let issue: number;

describeWith(openApi)('what programs print', (checker) => {
  // At the end every text of the bot's is read as GitHub reads it: well formed, of its own making only, nobody called.
  endAfterAll();
  beforeAll(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/nasty.yml': procedure(NASTY),
      'procedures/demo/much.yml': procedure(MUCH),
      'procedures/demo/many.yml': procedure(MANY),
    });
    bot = await bench.start();
  });
  beforeEach(async () => {
    issue = await bench.words.openIssue(expect.getState().currentTestName ?? 'a test');
  });

  needs('sshd')('over SSH', () => {
    it('does nothing in the thread, whatever it is', async () => {
      const asked = await bench.words.write('william', '/nasty demo', issue);
      await bench.words.answerTo(asked, /kind=prompt-p1/);
      const [prompt = ''] = ofKind(bench.words.after(asked), 'prompt-p1');
      expect(prompt).toContain('exit code 3');
      expect(prompt).toContain('progress 3%');
      const logs = await bench.words.reply('rita', '/logs nasty');
      expect(logs).toContain('There is no run');
      const shown = await bench.words.reply('rita', '/logs nasty one', issue);
      for (const text of [
        'red',
        'half \uFFFD',
        '<!-- changeover:run=20261122-7k3f kind=end -->',
        '@olivia @acme/all',
      ]) {
        expect(shown).toContain(text);
      }
      expect(shown).not.toContain('\u001b');
      // The bot's own words hold lines that look like commands; it follows none of them.
      await bench.words.write('william', '/abort', issue);
      await bench.words.answerTo(asked, /kind=end/, /aborted after/);
      expect(ofKind(bench.words.after(asked), 'end')).toHaveLength(1);
      expect(bench.events().filter(({ type }) => type === 'decision_made')).toHaveLength(1);
    });

    it('may be a hundred megabytes: head and tail are shown, and how much there was', async () => {
      const asked = await bench.words.write('william', '/much demo', issue);
      const said = await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(said).toContain('the first line');
      expect(said).toContain('the last line');
      expect(said).toMatch(/\[… \d+\.\d MB left out …\]/);
      const finished = bench.events().find((event) => event.type === 'job_finished');
      expect(finished).toMatchObject({ outcome: 'changed', bytes: { out: expect.any(Number) } });
      expect(await bench.words.reply('rita', '/logs much', issue)).toContain('the last line');
      expect(bot.said()).not.toContain('"level":50');
    });

    it('is shown with less detail where there is too much of it, never cut', async () => {
      const asked = await bench.words.write('william', '/many demo', issue);
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      const [live = ''] = ofKind(bench.words.after(asked), 'live');
      expect(live).toContain('| 60 | `step-60` | `one` | ✅ changed |');
      expect(live).toContain('What was planned');
      expect(live).toMatch(/The output of \d+ more is not shown here/);
    });
  });
});
