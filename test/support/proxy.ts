import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on loopback that can do to a link what networks do. */
export interface Proxy {
  readonly port: number;
  /** Passes nothing on any more, in neither direction, and says nothing: a black hole. */
  hang(): void;
  /** Passes on again, what was held back first. */
  resume(): void;
  /** Ends all present connections with a TCP reset. */
  reset(): void;
  /** Refuses new connections (and ends the present ones) until `accept`. */
  refuse(): void;
  accept(): void;
  /** How often the client has spoken after the server had: network round trips so far. */
  roundTrips(): number;
  /** Bytes that the server has sent so far. */
  received(): number;
  stop(): Promise<void>;
}

/** @param target port on loopback to pass on to */
export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let hanging = false;
  let refusing = false;
  let trips = 0;
  let received = 0;
  const reset = (): void => {
    for (const [client, server] of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    pairs.clear();
  };
  const proxy = createServer({ noDelay: true }, (client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: target, noDelay: true });
    const pair = [client, server] as const;
    pairs.add(pair);
    let serverSpoke = true;
    client.on('data', (chunk) => {
      if (serverSpoke) trips += 1;
      serverSpoke = false;
      if (!server.write(chunk)) client.pause();
    });
    server.on('data', (chunk) => {
      serverSpoke = true;
      received += chunk.length;
      if (!client.write(chunk)) server.pause();
    });
    client.on('drain', () => hanging || server.resume());
    server.on('drain', () => hanging || client.resume());
    for (const [one, other] of [pair, [server, client] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        pairs.delete(pair);
        if (!hanging) other.destroy();
      });
    }
    if (hanging) for (const each of pair) each.pause();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    hang() {
      hanging = true;
      for (const [client, server] of pairs) {
        client.pause();
        server.pause();
      }
    },
    resume() {
      hanging = false;
      for (const [client, server] of pairs) {
        client.resume();
        server.resume();
      }
    },
    reset,
    refuse() {
      refusing = true;
      reset();
    },
    accept() {
      refusing = false;
    },
    roundTrips: () => trips,
    received: () => received,
    async stop() {
      reset();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
