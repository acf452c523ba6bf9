import { readNotice, type Notice } from './boundary.ts';

/**
 * Listens to what changes. `connected(true)` comes at the start and after every break: then anything may have changed.
 * The browser comes back by itself when the connection is lost.
 */
export function listen(heard: (notice: Notice) => void, connected: (yes: boolean) => void): void {
  const source = new EventSource('/_playground/events');
  source.addEventListener('open', () => {
    connected(true);
  });
  source.addEventListener('error', () => {
    connected(false);
  });
  source.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const notice: unknown = typeof data === 'string' ? JSON.parse(data) : undefined;
    heard(readNotice(notice));
  });
}
