import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterAll, inventoryOf, openBench } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';

const PASSWORD = `thread's "pass" & word`;
const FORMS = [
  PASSWORD,
  PASSWORD.replaceAll("'", String.raw`'\''`),
  JSON.stringify(PASSWORD).slice(1, -1),
  encodeURIComponent(PASSWORD),
  Buffer.from(PASSWORD).toString('base64').slice(0, 16),
];

/** Prints it in each way, and then fails with it. */
const PRINTS = `
  - id: prints
    secrets: [PASSWORD]
    run: |
      printf '%s\\n' "$PASSWORD" | cat
      printf '%s' "$PASSWORD" | base64
      printf '%s' "cannot log in with $PASSWORD" | cat >&2
      [ -e ~/fine ]
    on_rollback: {leave: a test}
  - comment: 'it said \${{ steps.prints.stdout }}'
`;

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const holding = (text: string): readonly string[] => FORMS.filter((form) => text.includes(form));

describeWith(openApi)('a secret, asked for in a thread', (checker) => {
  endAfterAll();
  beforeAll(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/login.yml': procedure(PRINTS, 'hosts: [one]\nsecrets: [PASSWORD]'),
    });
  });

  needs('sshd')('over SSH', () => {
    it('is told to be missing in the thread, by a dry run and by a run', async () => {
      bot = await bench.start();
      for (const words of ['/login demo dryrun', '/login demo']) {
        const said = await bench.words.ask('william', words, /in the way/);
        expect(said).toContain('the secret PASSWORD is not given to Changeover: set');
      }
      bot.kill('SIGTERM');
      await bot.ended;
    });

    it('is in no comment, journal, log nor in what the server writes', async () => {
      bot = await bench.start({ CHANGEOVER_SECRET_PASSWORD: PASSWORD });
      const asked = await bench.words.write('william', '/login demo');
      await bench.words.answerTo(asked, /kind=prompt-p1/);
      expect(ofKind(bench.words.after(asked), 'prompt-p1').join()).toContain('cannot log in with ***');
      const shown = await bench.words.reply('rita', '/logs prints');
      expect(shown).toContain('cannot log in with ***');
      await bench.words.write('william', '/abort');
      await bench.words.answerTo(asked, /kind=end/, /aborted after/);

      for (const { id } of bench.words.all()) expect(bench.words.history(id).flatMap(holding)).toEqual([]);
      expect(holding(bot.said())).toEqual([]);
      for (const entry of readdirSync(bench.journal, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        expect([entry.name, holding(readFileSync(join(entry.parentPath, entry.name), 'utf8'))]).toEqual([
          entry.name,
          [],
        ]);
      }
    });
  });
});
