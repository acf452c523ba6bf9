import { createHmac, randomUUID } from 'node:crypto';

import type { AppSettings } from './app-settings.ts';
import type { Event } from './payloads.ts';
import type { Delivered } from './troubles.ts';

export type WebhookTarget = { readonly url: string; readonly secret: string };

/** One attempt to deliver an event. Its `id` is the delivery's, the same for every redelivery. */
export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly action: string;
  readonly at: string;
  readonly redelivery: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of the receiver's answer; `undefined` when there was none, and then `error` says why. */
  readonly status: number | undefined;
  readonly error: string | undefined;
};

export type Webhooks = {
  /** Where events go from now on; undefined: nowhere, as before an app has a webhook URL. */
  readonly setTarget: (target: WebhookTarget | undefined) => void;
  /**
   * Sends after everything that was sent before, once; a failure is logged, never repeated, as on GitHub.
   * @param delivered what becomes of it on its way; `again`: also after the next one.
   */
  readonly send: (event: Event, delivered?: Delivered) => void;
  /** Sends a logged delivery again, under the same id. Rejects when no delivery has this id. */
  readonly deliver: (id: string) => Promise<Delivery>;
  /** The attempts so far, oldest first (the last thousand). */
  readonly log: () => readonly Delivery[];
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

// GitHub waits ten seconds for an answer.
const patience = 10_000;
const kept = 1000;

export function createWebhooks(app: AppSettings, initial: WebhookTarget | undefined): Webhooks {
  let target = initial;
  let log: readonly Delivery[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  /** What arrives once more, after the next one. */
  let later: readonly (() => Promise<Delivery>)[] = [];
  const closing = new AbortController();

  const attempt = async (
    id: string,
    { event, action, payload }: Event,
    redelivery: boolean,
    lost = false,
  ): Promise<Delivery> => {
    const at = new Date().toISOString();
    const outcome = lost
      ? { status: undefined, error: 'Lost on purpose.' }
      : await post(id, event, JSON.stringify(payload));
    const delivery: Delivery = { id, event, action, at, redelivery, payload, ...outcome };
    log = [...log.slice(1 - kept), delivery];
    return delivery;
  };

  const post = async (id: string, event: string, body: string): Promise<Pick<Delivery, 'status' | 'error'>> => {
    if (target === undefined) return { status: undefined, error: 'No webhook URL is set.' };
    const sign = (hash: string): string =>
      `${hash}=${createHmac(hash, target?.secret ?? '')
        .update(body)
        .digest('hex')}`;
    try {
      const answer = await fetch(target.url, {
        method: 'POST',
        body,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'GitHub-Hookshot/local',
          'x-github-delivery': id,
          'x-github-event': event,
          'x-github-hook-id': String(app.id),
          'x-github-hook-installation-target-id': String(app.id),
          'x-github-hook-installation-target-type': 'integration',
          'x-hub-signature': sign('sha1'),
          'x-hub-signature-256': sign('sha256'),
        },
      });
      await answer.arrayBuffer();
      return { status: answer.status, error: undefined };
    } catch (error) {
      return { status: undefined, error: reason(error) };
    }
  };

  const enqueue = async (work: () => Promise<Delivery>): Promise<Delivery> => {
    const done = queue.then(work);
    queue = done;
    return done;
  };

  const idle = async (): Promise<void> => {
    for (let seen: unknown; seen !== queue;) {
      seen = queue;
      await queue;
    }
  };

  return {
    setTarget: (next) => {
      target = next;
    },
    send: (event, delivered = 'once') => {
      if (target === undefined || !app.events.includes(event.event)) return;
      const id = randomUUID();
      void enqueue(() => attempt(id, event, false, delivered === 'never'));
      for (const again of later) void enqueue(again);
      later = delivered === 'again' ? [() => attempt(id, event, true)] : [];
    },
    deliver: async (id) => {
      const found = log.find((each) => each.id === id);
      if (found === undefined) throw new Error(`No delivery has the id ${id}; webhooks.log() lists those there are.`);
      return enqueue(() => attempt(id, found, true));
    },
    log: () => log,
    idle,
    close: async () => {
      target = undefined;
      closing.abort();
      await idle();
    },
  };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
