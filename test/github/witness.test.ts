import { expect, it } from '@jest/globals';
import type { IssueComment } from '../../src/github/boundary.ts';
import { createGitHubWitness } from '../../src/github/witness.ts';
import { standInBody } from '../../src/thread/stand-in.ts';
import { fastClock } from './fake-time.ts';

const at = '2026-01-01T00:00:00Z';
const bot = { id: 1, login: 'bot[bot]', type: 'Bot' };
const william = { id: 7, login: 'william', type: 'User' };
const BODIES: Readonly<Record<number, string>> = {
  1: standInBody('issue-3', '**william** gave a command in the text of this issue: `/work demo`'),
  2: standInBody('dispatch-5', '**olivia** gave a command by starting [a workflow](https://x/5): `/work demo dryrun`'),
  3: standInBody('issue-4', '**olivia** gave a command in the text of this issue: `/work demo`'),
  4: standInBody('dispatch-6', '**olivia** gave a command by starting a workflow: `/work demo`'),
  5: standInBody('dispatch-7', '**olivia** gave a command by starting a workflow: `/work demo`'),
};

/** Comments of issue 3 as the bot's own, or a forger's. */
const witness = (isOurs: (comment: IssueComment) => boolean = () => true) =>
  createGitHubWitness(
    {
      comment: (id) => {
        const body = BODIES[id];
        const comment = { id, body: body ?? '', author: bot, app: undefined, createdAt: at, updatedAt: at };
        return Promise.resolve(body === undefined ? undefined : { ...comment, issue: 3, answeredAt: at });
      },
      commentsSince: (issue, since) => {
        const comment = { app: undefined, createdAt: at, updatedAt: at };
        const said = [
          { ...comment, id: 8, body: `of issue ${String(issue)} since ${since}`, author: bot },
          { ...comment, id: 9, body: 'copied', author: william },
        ];
        return Promise.resolve(said);
      },
      issue: (number) =>
        Promise.resolve({ number, body: 'Tonight.\n\n/work demo', author: william, app: undefined, createdAt: at }),
      permission: () => Promise.resolve({ permission: 'write' }),
      workflowRun: (id) =>
        Promise.resolve(
          id === '7'
            ? undefined
            : { status: 'completed', attempt: 1, event: id === '5' ? 'workflow_dispatch' : 'push', actor: william },
        ),
    },
    isOurs,
    { clock: fastClock(20), forMs: 0, signal: new AbortController().signal, log: () => undefined },
  );

it("hears a comment that stands for an issue's text as the issue, whatever the comment says", async () => {
  expect(await witness().comment(1)).toEqual({
    issue: 3,
    body: 'Tonight.\n\n/work demo',
    author: william,
    edited: false,
  });
});

it('hears one that stands for a started workflow as who started that', async () => {
  expect(await witness().comment(2)).toEqual({ issue: 3, body: '/work demo dryrun', author: william, edited: false });
});

it('does not hear one for another issue, for a workflow that nobody started by hand, or for none', async () => {
  expect((await witness().comment(3)) ?? (await witness().comment(4)) ?? (await witness().comment(5))).toBeUndefined();
});

it('hears what only looks like one as what it is', async () => {
  const forged = witness(() => false);
  expect(await forged.comment(2)).toMatchObject({ author: bot, body: BODIES[2] });
});

it('tells what Changeover itself has said, though clocks differ', async () => {
  const heard = witness(({ author }) => author?.login === 'bot[bot]');
  expect(await heard.ours(3, '2026-01-01T12:00:00.500Z')).toEqual(['of issue 3 since 2026-01-01T11:00:00Z']);
});
