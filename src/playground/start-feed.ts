import type { ServerResponse } from 'node:http';

/** What the page is told: that something of this kind is no longer as it was. It asks for the rest itself. */
export type Notice =
  /** Without `issue` it may be any: a reaction does not say to which its comment belongs. */
  { readonly kind: 'thread'; readonly issue?: number } | { readonly kind: 'issues' } | { readonly kind: 'faults' };

export type Feed = {
  /** Keeps the answer open and writes notices to it until the client goes. */
  readonly open: (response: ServerResponse) => void;
  readonly say: (notice: Notice) => void;
  /** Ends all answers. */
  readonly close: () => void;
};

/** Server-sent events for any number of pages. */
export function createFeed(): Feed {
  const listeners = new Set<ServerResponse>();
  return {
    open: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
      // A page that lost the connection comes back after a second, and the first bytes tell it that it is connected.
      response.write('retry: 1000\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    },
    say: (notice) => {
      for (const listener of listeners) listener.write(`data: ${JSON.stringify(notice)}\n\n`);
    },
    close: () => {
      for (const listener of listeners) listener.end();
    },
  };
}
