import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { readCommentEvent } from '../../src/github/boundary.ts';
import { readCommand } from '../../src/github/take-command.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { calls, SECRET, startBot, stopBots, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly object[];
}[];
const all = events.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));
const ofComments = all.filter(({ name }) => name === 'issue_comment');

describeWith(openApi)('real payloads', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  it('are all taken in without a crash and without a call', async () => {
    expect(all.length).toBeGreaterThan(100);
    expect(ofComments.length).toBeGreaterThan(5);
    const github = await start(withDemo);
    const bot = await startBot(github);
    for (const { name, payload } of all) {
      const body = JSON.stringify(payload);
      const answer = await fetch(`${bot.server.url}/api/github/webhooks`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': name,
          'x-github-delivery': 'd',
          'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
        },
      });
      expect(`${name} ${String(answer.status)}`).toBe(`${name} 202`);
    }
    await bot.quiet();
    expect(calls(github)).toEqual([]);
    expect(github.requests.filter(({ login }) => login !== 'changeover[bot]')).toEqual([]);
  });
});

it('reads a command from a real payload only where it was created, by a person', () => {
  let commands = 0;
  for (const { payload } of ofComments) {
    const { comment, ...rest } = payload as { readonly action: string; readonly comment: object };
    const said = (more: object) =>
      readCommand(readCommentEvent({ ...rest, ...more, comment: { ...comment, body: '/help' } }));
    expect(said({}) !== undefined).toBe(rest.action === 'created');
    expect(said({ sender: { type: 'Bot' } })).toBeUndefined();
    if (rest.action === 'created') commands += 1;
  }
  expect(commands).toBeGreaterThan(2);
});
