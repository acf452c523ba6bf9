import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine } from './machine.ts';
import { atEnd, deliver, endAfterEach, inventoryOf, openBench, SECRET } from './support/thread-bench.ts';
import { until } from './workplace.ts';

const PASSWORD = 'planted-password-4711';
const WORK = procedure(
  `
  - id: prints
    secrets: [PASSWORD]
    run: |
      printf '%s\\n' "the password is $PASSWORD" | cat
      [ -e ~/never ]
    on_rollback: {leave: a test}`,
  'hosts: [one]\nsecrets: [PASSWORD]',
);

const openApi = await loadOpenApi();

/** The lines of a PEM file that are its secret. */
const linesOf = (pem: string): readonly string[] => pem.split('\n').filter((line) => /^[\w+/=]{16,}$/.test(line));

describeWith(openApi)('what a server writes at the level trace', (checker) => {
  endAfterEach();

  needs('sshd')('over SSH', () => {
    it('is JSON, line by line, and holds no key, token, signature or secret, whatever goes wrong', async () => {
      const machine = await startMachine();
      atEnd(() => machine.remove());
      const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/work.yml': WORK };
      const bench = await openBench(checker, files);
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const sshKey = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
      const bot = await bench.start({
        LOG_LEVEL: 'trace',
        CHANGEOVER_LOOK_SECONDS: '1',
        CHANGEOVER_SECRET_PASSWORD: PASSWORD,
        CHANGEOVER_SSH_KEY: sshKey,
      });
      await bench.looked();
      const { id } = await bench.writeUnheard('william', '/procedures');
      const payload = await bench.eventOf(id);
      expect(await deliver(bot.url, { id: 'forged', payload, secret: 'development' })).toBe(400);
      expect(await deliver(bot.url, { id: 'cut', payload: payload.slice(0, 40), secret: SECRET })).not.toBe(200);

      // Octokit's errors carry their requests with them, and those the token.
      const { faults } = bench.github;
      const wrong = { by: 'app', path: /\/issues\/comments$/, times: Number.POSITIVE_INFINITY } as const;
      for (const fault of [{ status: 401 }, { status: 403 }, { status: 500 }, { dropConnection: true }] as const) {
        const before = bot.said().length;
        const back = faults.add({ ...wrong, ...fault });
        await until(() => bot.said().slice(before).includes('could not be looked through'));
        back();
      }
      faults.add({ by: 'app', method: 'POST', path: /\/comments$/, status: 502, times: 2 });
      faults.add({ by: 'app', method: 'POST', path: /\/access_tokens$/, status: 500, times: 1 });
      const asked = await bench.words.write('william', '/work demo');
      await bench.words.answerTo(asked, /kind=prompt-p1/);
      await bench.words.write('william', '/abort');
      await bench.words.answerTo(asked, /kind=end/, /aborted after/);
      bot.kill('SIGTERM');
      await bot.ended;

      const said = bot.said();
      const lines = said.trim().split('\n');
      expect(lines.length).toBeGreaterThan(50);
      for (const line of lines)
        expect(JSON.parse(line)).toMatchObject({ level: expect.anything(), msg: expect.anything() });
      for (const key of [bench.env['PRIVATE_KEY'] ?? '', sshKey]) {
        expect(linesOf(key).length).toBeGreaterThan(10);
        expect(linesOf(key).filter((line) => said.includes(line))).toEqual([]);
      }
      expect(lines.filter((line) => line.includes(SECRET) || line.includes(PASSWORD))).toEqual([]);
      // Installation tokens, the App's own, and what webhooks are signed with.
      const secrets = /gh[a-z]_[0-9a-f]{8}|eyJ[\w-]{10,}\.[\w-]{10,}\.|sha256=[0-9a-f]{16}/;
      expect(lines.filter((line) => secrets.test(line))).toEqual([]);
    });
  });
});
