import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../engine/ports.ts';
import type { Reach } from './calls.ts';
import type { Metrics } from './metrics.ts';

export interface ProbesOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly reach: Pick<Reach, 'now'>;
  /** Rejects where nothing can be written into the journal. */
  readonly tryToWrite: () => Promise<void>;
  readonly isDraining: () => boolean;
}

/** Whether the server can take a command and act on it, as `GET /readyz` tells it. */
interface Readiness {
  readonly ready: boolean;
  readonly journal: 'ok' | 'cannot be written';
  readonly github: string;
  readonly draining: boolean;
}

/** Whoever asks more often must not wear out the disk. */
const WRITE_EVERY_MS = 5_000;

/**
 * What a service manager and Prometheus ask for. The answers name no host, run or person: whoever reaches the port may read
 * them.
 * @returns whether the request was one of them
 */
export function createProbes(options: ProbesOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { clock, metrics } = options;
  const journal = everySoOften(options.tryToWrite, () => Date.parse(clock.now()));

  async function readiness(): Promise<Readiness> {
    const reach = options.reach.now();
    const writes = await journal();
    const draining = options.isDraining();
    return {
      ready: writes && reach?.kind === 'ok' && !draining,
      journal: writes ? 'ok' : 'cannot be written',
      github: reach?.kind === 'trouble' ? `${reach.result} since ${reach.since}` : (reach?.kind ?? 'not asked yet'),
      draining,
    };
  }

  async function answerReady(response: ServerResponse): Promise<void> {
    const told = await readiness();
    response.writeHead(told.ready ? 200 : 503, { 'content-type': 'application/json' }).end(`${JSON.stringify(told)}\n`);
  }

  async function answerMetrics(response: ServerResponse): Promise<void> {
    const text = await metrics.text();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  }

  return ({ method, url }, response) => {
    if (method !== 'GET') return false;
    switch (url) {
      case '/healthz':
        response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
        return true;
      case '/readyz':
        answerOr500(answerReady(response), response);
        return true;
      case '/metrics':
        answerOr500(answerMetrics(response), response);
        return true;
      default:
        return false;
    }
  };
}

function answerOr500(answering: Promise<void>, response: ServerResponse): void {
  answering.catch(() => {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('The journal could not be read.\n');
  });
}

/** @returns whether the last try, which is not older than this, went well */
function everySoOften(attempt: () => Promise<void>, now: () => number): () => Promise<boolean> {
  let last: { readonly at: number; readonly went: Promise<boolean> } | undefined;
  return () => {
    if (last === undefined || now() - last.at >= WRITE_EVERY_MS) {
      const went = attempt().then(
        () => true,
        () => false,
      );
      last = { at: now(), went };
    }
    return last.went;
  };
}
