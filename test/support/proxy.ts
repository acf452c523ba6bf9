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
  /**
   * Does that as soon as one side says something again, before it is passed on: what it says may then never arrive.
   * @param side whose words; `count`: the how-manieth of them, 1 unless told
   */
  when(side: 'client' | 'server', act: () => void, count?: number): void;
  /** How often the client has spoken after the server had: network round trips so far. */
  roundTrips(): number;
  /** Bytes that the server has sent so far. */
  received(): number;
  stop(): Promise<void>;
}

/** @param target port on loopback to pass on to */
export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const held: (() => void)[] = [];
  let hanging = false;
  let refusing = false;
  let trips = 0;
  let received = 0;
  const due = { side: 'client', left: 0, act: (): void => undefined };
  const heard = (side: 'client' | 'server'): void => {
    if (due.left === 0 || due.side !== side) return;
    due.left -= 1;
    if (due.left === 0) due.act();
  };
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
    /** What came just before a side was told to wait: passed on first when it may go on. */
    const pass = (to: Socket, from: Socket, chunk: Buffer): void => {
      if (hanging) held.push(() => to.writable && to.write(chunk));
      else if (to.writable && !to.write(chunk)) from.pause();
    };
    let serverSpoke = true;
    client.on('data', (chunk) => {
      if (serverSpoke) trips += 1;
      serverSpoke = false;
      heard('client');
      pass(server, client, chunk);
    });
    server.on('data', (chunk) => {
      serverSpoke = true;
      received += chunk.length;
      heard('server');
      pass(client, server, chunk);
    });
    client.on('drain', () => hanging || server.resume());
    server.on('drain', () => hanging || client.resume());
    for (const [one, other] of [pair, [server, client] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        if (other.destroyed) pairs.delete(pair);
        else if (!hanging) other.destroy();
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
      for (const go of held.splice(0)) go();
      for (const [client, server] of pairs) {
        client.resume();
        server.resume();
        // Whoever has gone meanwhile: the other hears it behind what was held back.
        if (client.destroyed) server.end();
        if (server.destroyed) client.end();
      }
    },
    reset,
    when(side, act, count = 1) {
      Object.assign(due, { side, act, left: count });
    },
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
