import type { IncomingMessage } from 'node:http';

/**
 * Why a request must not be answered: its `Host` or `Origin` is not this server's own. Without this any web page could
 * drive a server on loopback, by a name that it points to 127.0.0.1 (DNS rebinding) or by a form (CSRF).
 */
export function foreign(request: IncomingMessage, port: number): string | undefined {
  const hosts = [`127.0.0.1:${String(port)}`, `localhost:${String(port)}`];
  const { host, origin } = request.headers;
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    return `Host ${host ?? '(none)'} is not this server: use ${hosts.join(' or ')}.`;
  }
  if (origin !== undefined && !hosts.some((each) => origin.toLowerCase() === `http://${each}`)) {
    return `Origin ${origin} is not this server: open the page at http://${host}/.`;
  }
  return undefined;
}
