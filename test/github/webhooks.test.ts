import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createWebhooks, WEBHOOKS } from '../../src/github/webhooks.ts';

const received: unknown[] = [];
const logged: string[] = [];
const counts: string[] = [];
let draining = false;
let server: Server;
let url = '';

/** As GitHub signs with the secret `s`. */
const sign = (body: string): string => `sha256=${createHmac('sha256', 's').update(body).digest('hex')}`;

beforeEach(async () => {
  for (const list of [received, logged, counts]) list.length = 0;
  draining = false;
  const log = (fields: object, message: string): void => {
    logged.push(JSON.stringify({ ...fields, message }));
  };
  const webhooks = createWebhooks({
    verify: (body, signature) => Promise.resolve(signature === sign(body)),
    // It has all the time in the world.
    receive: ({ payload }) => {
      received.push(payload);
      return new Promise(() => undefined);
    },
    isDraining: () => draining,
    counted: (result) => counts.push(result),
    log: { info: log, warn: log, error: log },
  });
  server = createServer((request, response) => {
    if (!webhooks(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : address)}${WEBHOOKS}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function send(body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const usual = { 'x-github-delivery': '1', 'x-github-event': 'issue_comment', 'x-hub-signature-256': sign(body) };
  const answer = await fetch(url, { method: 'POST', body, headers: { ...usual, ...headers } });
  await answer.text();
  return answer.status;
}

it('acknowledges an event before it is worked on', async () => {
  expect(await send('{"action":"created"}')).toBe(202);
  expect(received).toEqual([{ action: 'created' }]);
  expect([counts, logged]).toEqual([['taken'], []]);
});

it('takes nothing that is not signed with the secret, and logs none of it', async () => {
  const body = `{"action":"created","padding":"${'x'.repeat(5_000)}"}`;
  const forged = sign('something else');
  expect(await send(body, { 'x-hub-signature-256': forged })).toBe(400);
  expect(await send(body, { 'x-hub-signature-256': '' })).toBe(400);
  expect(await send(body, { 'x-github-delivery': '' })).toBe(400);
  expect(received).toEqual([]);
  expect(counts).toEqual(['refused', 'refused', 'refused']);
  expect(logged).toHaveLength(3);
  for (const line of logged) expect(line.length).toBeLessThan(200);
  expect(logged.join()).not.toContain(forged.slice(0, 20));
});

it('has nothing to do for other events, and takes none that is no JSON', async () => {
  expect(await send('{"zen":"x"}', { 'x-github-event': 'ping' })).toBe(202);
  expect(await send('{"action":')).toBe(400);
  expect(received).toEqual([]);
});

it('takes none while it is being stopped', async () => {
  draining = true;
  expect(await send('{"action":"created"}')).toBe(503);
  expect([received, counts]).toEqual([[], ['failed']]);
});

it('is at one address, by one method', async () => {
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(`${url}/x`, { method: 'POST' })).status).toBe(404);
});
