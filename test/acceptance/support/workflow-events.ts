import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import { speaker } from '../../support/local-github.ts';
import type { Bench } from './thread-bench.ts';

type Payload = Readonly<Record<string, unknown>>;

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly Payload[];
}[];

/** A payload that GitHub has really sent. */
function exampleOf(name: string, action?: string): Payload {
  const found = examples.find((each) => each.name === name)?.examples.find((each) => each['action'] === action);
  if (found === undefined) throw new Error(`@octokit/webhooks-examples has no ${name} ${action ?? ''}`);
  return found;
}

/** The same, of the local GitHub's repository. */
const here = (payload: Payload, changes: Payload): string => {
  const repository = payload['repository'] as Payload;
  const owner = { ...(repository['owner'] as Payload), login: 'acme' };
  return JSON.stringify({ ...payload, repository: { ...repository, name: 'ops', owner }, ...changes });
};

async function asked(bench: Bench, login: string, method: string, path: string, body?: unknown): Promise<Payload> {
  const answer = await speaker(bench.github, login)(method, path, body);
  expect(answer.status).toBeLessThan(300);
  return answer.body as Payload;
}

/** Somebody as payloads name them. */
const person = (bench: Bench, login: string): Promise<Payload> => asked(bench, 'rita', 'GET', `/users/${login}`);

/** Opens an issue. @returns its number, and the event that starts a workflow for it */
export async function openIssue(
  bench: Bench,
  login: string,
  body: string,
): Promise<{ readonly number: number; readonly payload: string }> {
  const issue = await asked(bench, login, 'POST', '/repos/acme/ops/issues', { title: 'Do it', body });
  const changes = { issue, sender: await person(bench, login) };
  return { number: issue['number'] as number, payload: here(exampleOf('issues', 'opened'), changes) };
}

/** The event of somebody who starts a workflow with these inputs. */
export const dispatched = async (bench: Bench, login: string, inputs: Payload | null): Promise<string> =>
  here(exampleOf('workflow_dispatch'), { inputs, sender: await person(bench, login) });
