import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';

import { afterEach, expect, it } from '@jest/globals';

import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

type Received = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly payload: Payload };
type Payload = Readonly<Record<string, unknown>>;

const openApi = await loadOpenApi();
const repo = '/repos/acme/ops';
const comments = `${repo}/issues/1/comments`;
const secret = 'a secret of the test';
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A receiver that answers each webhook as told (200 unless told), after reading it whole. */
async function receiver(statuses: readonly number[] = []) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, body, payload: JSON.parse(body) as Payload });
      response.writeHead(statuses[received.length - 1] ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { received, target: { url: `http://127.0.0.1:${String(address.port)}/hook`, secret } };
}

const isObject = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The paths of all keys that every one of these values has. */
function commonKeys(values: readonly unknown[], prefix = ''): readonly string[] {
  if (!values.every(isObject)) return [];
  const keys = Object.keys(values[0] ?? {}).filter((key) => values.every((value) => key in value));
  return keys.flatMap((key) => [
    `${prefix}${key}`,
    ...commonKeys(
      values.map((value) => value[key]),
      `${prefix}${key}.`,
    ),
  ]);
}

function examplesOf(event: string, action: string): readonly unknown[] {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    readonly name: string;
    readonly examples: readonly Payload[];
  }[];
  const of = all.find(({ name }) => name === event)?.examples ?? [];
  return of.filter((example) => example['action'] === action);
}

describeWith(openApi)('webhooks of the local GitHub', (checker) => {
  const start = localGitHubs(checker);

  it('have the shape of real ones', async () => {
    const { received, target } = await receiver();
    const github = await start({ webhook: target });
    const as = speaker(github, 'olivia');
    const made = await as('POST', comments, { body: '/upgrade pryv 1.6 dryrun' });
    const one = `${repo}/issues/comments/${String((made.body as { id: number }).id)}`;
    await as('PATCH', one, { body: '/help' });
    await as('DELETE', one);
    await as('POST', `${repo}/issues`, { title: 'New', body: 'text' });
    await github.webhooks.idle();
    const events = received.map(({ headers, payload }) => [headers['x-github-event'], payload['action']]);
    expect(events).toEqual([
      ['issue_comment', 'created'],
      ['issue_comment', 'edited'],
      ['issue_comment', 'deleted'],
      ['issues', 'opened'],
    ]);
    for (const { headers, payload } of received) {
      const [event, action] = [String(headers['x-github-event']), String(payload['action'])];
      expect(checker.checkWebhook(event, action, payload)).toEqual([]);
      const examples = examplesOf(event, action);
      expect(examples.length).toBeGreaterThan(0);
      // Nobody is assigned here, there are no milestones, and only a pull request is a draft.
      const wanted = commonKeys(examples).filter((key) => !/^issue\.((milestone|assignee)\.|draft$)/.test(key));
      expect(wanted.length).toBeGreaterThan(100);
      const had = new Set(commonKeys([payload]));
      expect(wanted.filter((key) => !had.has(key))).toEqual([]);
      expect(payload).toMatchObject({ installation: { id: 7101 }, sender: { login: 'olivia' } });
    }
    expect(received[0]?.payload).toMatchObject({
      comment: { body: '/upgrade pryv 1.6 dryrun' },
      issue: { comments: 1 },
    });
    expect(received[1]?.payload).toMatchObject({ changes: { body: { from: '/upgrade pryv 1.6 dryrun' } } });
  });

  it('are found wrong by the checker when a key is missing', async () => {
    const { received, target } = await receiver();
    const github = await start({ webhook: target });
    await speaker(github, 'olivia')('POST', comments, { body: 'Hello' });
    await github.webhooks.idle();
    const { comment: _comment, ...rest } = received[0]?.payload ?? {};
    expect(checker.checkWebhook('issue_comment', 'created', rest)).toEqual([
      expect.stringContaining("must have required property 'comment'"),
    ]);
    expect(checker.checkWebhook('issue_comment', 'sung', rest)).toEqual([expect.stringContaining('no webhook')]);
  });

  it('are signed, with the bytes that were sent', async () => {
    const { received, target } = await receiver();
    const github = await start({ webhook: target });
    await speaker(github, 'rita')('POST', comments, { body: 'naïve 💥' });
    await github.webhooks.idle();
    const [hook] = received;
    const digest = createHmac('sha256', secret)
      .update(hook?.body ?? '')
      .digest('hex');
    expect(hook?.headers['x-hub-signature-256']).toBe(`sha256=${digest}`);
    expect(hook?.headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
    expect(hook?.headers['content-type']).toBe('application/json');
  });

  it('come once and in order, and a failure is not repeated', async () => {
    const { received, target } = await receiver([500]);
    const github = await start({ webhook: target });
    const bodies = Array.from({ length: 10 }, (_, index) => `comment ${String(index)}`);
    for (const body of bodies) await speaker(github, 'olivia')('POST', comments, { body });
    await github.webhooks.idle();
    expect(received.map(({ payload }) => (payload['comment'] as Payload)['body'])).toEqual(bodies);
    expect(github.webhooks.log().map(({ status }) => status)).toEqual([500, ...bodies.slice(1).map(() => 200)]);
  });

  it('are delivered again by hand under the same id', async () => {
    const { received, target } = await receiver();
    const github = await start({ webhook: target });
    await speaker(github, 'olivia')('POST', comments, { body: 'twice' });
    await github.webhooks.idle();
    const id = github.webhooks.log()[0]?.id ?? '';
    expect(await github.webhooks.deliver(id)).toMatchObject({ id, status: 200, redelivery: true });
    expect(received).toHaveLength(2);
    expect(received[1]?.body).toBe(received[0]?.body);
    expect(received.map(({ headers }) => headers['x-github-delivery'])).toEqual([id, id]);
    await expect(github.webhooks.deliver('nothing')).rejects.toThrow('No delivery has the id nothing');
  });

  it('go where the app listens now, and nowhere before it does', async () => {
    const github = await start();
    const as = speaker(github, 'olivia');
    await as('POST', comments, { body: 'too early' });
    github.webhooks.setTarget({ url: 'http://127.0.0.1:1/', secret });
    await as('POST', comments, { body: 'nobody there' });
    await github.webhooks.idle();
    const { received, target } = await receiver();
    github.webhooks.setTarget(target);
    await as('POST', comments, { body: 'heard' });
    await github.webhooks.idle();
    expect(received).toHaveLength(1);
    expect(github.webhooks.log()).toMatchObject([
      { status: undefined, error: expect.any(String) },
      { status: 200, error: undefined },
    ]);
  });

  it('tell of the events that the app has subscribed to', async () => {
    const { received, target } = await receiver();
    const github = await start({ webhook: target, app: { events: ['issues'] } });
    await speaker(github, 'olivia')('POST', comments, { body: 'unheard' });
    await speaker(github, 'olivia')('POST', `${repo}/issues`, { title: 'heard' });
    await github.webhooks.idle();
    expect(received.map(({ headers }) => headers['x-github-event'])).toEqual(['issues']);
  });
});
