import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { type Delivery, readWebhook } from './boundary.ts';
import type { WebhookResult } from './metrics.ts';
import type { Log } from './repository.ts';

export const WEBHOOKS = '/api/github/webhooks';
/** GitHub's payloads end at 25 MB. */
const LARGEST_BODY = 25 * 1024 * 1024;

export interface WebhooksOptions {
  readonly verify: (body: string, signature: string) => Promise<boolean>;
  /** Takes what has been acknowledged. */
  readonly receive: (delivery: Delivery) => Promise<void>;
  readonly isDraining: () => boolean;
  readonly counted: (result: WebhookResult) => void;
  readonly log: Log;
}

/** What is answered, and what is to be received after that. */
interface Answer {
  readonly status: 202 | 400 | 411 | 413 | 503;
  readonly text: string;
  readonly delivery?: Delivery;
}

/**
 * Where GitHub's events come in. They are acknowledged before anything is done for them: GitHub waits ten seconds, and
 * never delivers one again. What nobody has signed leaves one short line in the log, as anybody can send it.
 * @returns whether the request was for it
 */
export function createWebhooks(
  options: WebhooksOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { counted, receive, log } = options;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, text, delivery } = refused(request, options.isDraining()) ?? (await taken(request, options));
    counted(status < 400 ? 'taken' : status < 500 ? 'refused' : 'failed');
    if (status >= 400) log.warn({ status }, `A request to the webhooks' address was refused: ${text}.`);
    // The rest of a body that is not wanted is not waited for.
    const ends = status === 411 || status === 413 || status === 503 ? { connection: 'close' } : {};
    response.writeHead(status, { 'content-type': 'text/plain', ...ends }).end(`${text}\n`);
    if (delivery !== undefined) await receive(delivery);
  }

  return (request, response) => {
    if (request.method !== 'POST' || request.url !== WEBHOOKS) return false;
    answer(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'An event could not be received.');
      response.destroy();
    });
    return true;
  };
}

/**
 * Anybody can send a body before its signature is looked at, and it is kept in memory until then. GitHub says how long
 * its own are; without that one could go on for ever.
 */
function refused({ headers }: IncomingMessage, isDraining: boolean): Answer | undefined {
  if (headers['transfer-encoding'] !== undefined) return { status: 411, text: 'the length of the body is not said' };
  if (Number(headers['content-length'] ?? 0) > LARGEST_BODY) return { status: 413, text: 'the body is too large' };
  // What is written now is found by the next start.
  return isDraining ? { status: 503, text: 'Changeover is being stopped' } : undefined;
}

async function taken(request: IncomingMessage, { verify }: WebhooksOptions): Promise<Answer> {
  const id = headerOf(request, 'x-github-delivery');
  const name = headerOf(request, 'x-github-event');
  const signature = headerOf(request, 'x-hub-signature-256');
  if (id === undefined || name === undefined || signature === undefined) {
    return { status: 400, text: 'it is no signed event of GitHub' };
  }
  const body = await textOf(request);
  const isSigned = await verify(body, signature).catch(() => false);
  if (!isSigned) return { status: 400, text: 'its signature is not made with the webhook secret' };
  // The App asks for no other; GitHub sends `ping` besides.
  if (name !== 'issue_comment') return { status: 202, text: 'nothing to do' };
  const delivery = readWebhook(id, body);
  if (delivery === undefined) return { status: 400, text: 'it is no JSON' };
  return { status: 202, text: 'taken', delivery };
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
