import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLocalGitHub, type LocalGitHub } from '../../src/playground/local-github/server.ts';
import { TROUBLES, type TroubleName } from '../../src/playground/local-github/troubles.ts';
import { speaker } from '../support/local-github.ts';

const { publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(): Promise<LocalGitHub> {
  const github = await createLocalGitHub({ app: { publicKey } });
  ends.push(() => github.close());
  return github;
}

const BOT = 'changeover[bot]';
const POST = ['POST', '/repos/acme/ops/issues/1/comments', { body: 'said' }] as const;

/** What the app sees of six comments that it makes: statuses, or `cut` where there was no answer. */
async function seen(github: LocalGitHub): Promise<readonly (number | string)[]> {
  const all: (number | string)[] = [];
  for (let count = 0; count < 6; count += 1) {
    const answer = await speaker(github, BOT)(...POST).catch(() => 'cut');
    all.push(typeof answer === 'string' ? answer : answer.status);
  }
  return all;
}

const made = async (github: LocalGitHub): Promise<number> =>
  ((await speaker(github, 'rita')('GET', POST[1])).body as readonly unknown[]).length;

describe('trouble with the local GitHub', () => {
  it.each([
    ['github-down', ['cut', 'cut', 'cut', 'cut', 'cut', 'cut'], 0],
    ['github-errors', [500, 502, 503, 500, 502, 503], 3],
    ['github-limit', [403, 403, 403, 403, 403, 403], 0],
    ['github-secondary-limit', [403, 429, 403, 429, 403, 429], 0],
    ['github-garbage', [200, 'cut', 200, 200, 'cut', 200], 4],
  ] as const)('strikes the app alone and is counted: %s', async (name, answers, done) => {
    const github = await start();
    github.troubles.set(name);
    expect(await seen(github)).toEqual(answers);
    expect(await made(github)).toBe(done);
    expect((await speaker(github, 'william')(...POST)).status).toBe(201);
    expect(github.troubles.met(name)).toBe(name === 'github-down' ? 7 : 6);
    github.troubles.set(undefined);
    expect(github.troubles.now()).toBeUndefined();
    expect(await seen(github)).toEqual([201, 201, 201, 201, 201, 201]);
  });

  it('hangs until it is switched off, and then cuts what hung', async () => {
    const github = await start();
    github.troubles.set('github-hangs');
    const hanging = speaker(github, BOT)(...POST).catch(() => 'cut');
    while (github.troubles.met('github-hangs') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await made(github)).toBe(0);
    github.troubles.set('github-errors');
    expect(await hanging).toBe('cut');
  });

  it('does not keep a GitHub that is closed', async () => {
    const github = await start();
    github.troubles.set('github-hangs');
    const hanging = speaker(github, BOT)(...POST).catch(() => 'cut');
    while (github.troubles.met('github-hangs') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await github.close();
    ends.pop();
    expect(await hanging).toBe('cut');
  });

  it('tells when the limit ends, a few seconds later', async () => {
    const github = await start();
    github.troubles.set('github-limit');
    const { headers } = await speaker(github, BOT)(...POST);
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    const ahead = Number(headers.get('x-ratelimit-reset')) * 1000 - Date.parse(headers.get('date') ?? '');
    expect([3_000, 4_000]).toContain(ahead);
  });

  async function heard(name: TroubleName): Promise<readonly string[]> {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { comment } = JSON.parse(Buffer.concat(chunks).toString()) as {
          readonly comment: { readonly body: string };
        };
        bodies.push(comment.body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(async () => {
      server.close();
    });
    const github = await start();
    github.webhooks.setTarget({
      url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
      secret: 's',
    });
    github.troubles.set(name);
    for (const body of ['one', 'two', 'three']) await speaker(github, 'william')('POST', POST[1], { body });
    github.troubles.set(undefined);
    await speaker(github, 'william')('POST', POST[1], { body: 'four' });
    await github.webhooks.idle();
    expect(github.troubles.met(name)).toBe(3);
    return bodies;
  }

  it('loses webhooks', async () => {
    expect(await heard('github-loses-webhooks')).toEqual(['four']);
    expect(await heard('github-down')).toEqual(['four']);
  });

  it('brings webhooks again, each after a newer one', async () => {
    expect(await heard('github-doubles-webhooks')).toEqual(['one', 'two', 'one', 'three', 'two', 'four', 'three']);
  });

  it('is described in words of its own', () => {
    expect(new Set(TROUBLES.map(({ description }) => description)).size).toBe(TROUBLES.length);
    for (const { name } of TROUBLES) expect(name).toMatch(/^github-[a-z-]+$/);
  });
});
