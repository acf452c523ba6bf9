import type { ClientChannel } from 'ssh2';
import type { Host, Hosts } from '../src/engine/ports.ts';
import { connect, dialTcp } from '../src/host/connect.ts';
import { createHosts } from '../src/host/hosts.ts';
import { defaults } from '../src/host/options.ts';
import type { Sshd } from '../test/support/sshd.ts';
import { wellHost } from '../test/support/well-host.ts';
import type { Peer } from './peers.ts';

/** A connection that runs scripts one after the other and keeps nothing. */
interface Bare {
  /** Runs a step's script in a shell of its own, as our steps do, and waits for its exit code: one round trip. */
  readonly step: () => Promise<void>;
  readonly end: () => void;
}

/** @param port where sshd is to be found: its own, or that of a proxy which counts */
export async function connectBare(sshd: Sshd, port = sshd.port): Promise<Bare> {
  const client = await connect(sshd.planHost('thurst', { port }), dialTcp, defaults({ env: {} }));
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec('exec sh', (error, opened) => {
      if (error) reject(error);
      else resolve(opened);
    });
  });
  return {
    step: async () =>
      new Promise((resolve, reject) => {
        channel.once('data', (said: Buffer) => {
          if (said.toString() === 'ended 0\n') resolve();
          else reject(new Error(`it said ${said.toString()}`));
        });
        channel.write(`sh -s <<'script'\ntrue\nscript\necho "ended $?"\n`);
      }),
    end: () => {
      client.end();
    },
  };
}

/** A host that does a run's scripts over such a connection, is looked at before as any is, and says to all else that it is well. */
export async function bareHosts(sshd: Sshd): Promise<Hosts> {
  const connection = await connectBare(sshd);
  const real = createHosts({ env: {} });
  const host: Host = {
    ...wellHost(sshd.user),
    preflight: async (needs) => real.host(sshd.planHost('thurst')).preflight(needs),
    ensureJob: async (_order, _sink, started) => {
      const begun = performance.now();
      started({ pid: 1, bootId: 'b' });
      await connection.step();
      const durationMs = Math.round(performance.now() - begun);
      const printed = { bytes: { out: 0, err: 0 }, survivors: 0, cut: false };
      return { kind: 'finished', reached: 'apply', exitCode: 0, end: 'done', durationMs, ...printed };
    },
    settle: () => Promise.resolve({ kind: 'void' }),
  };
  return {
    host: () => host,
    end: async () => {
      connection.end();
      await real.end();
    },
  };
}

/** What the same steps take where nothing is claimed, kept, watched or written down: the floor for what safety costs. */
export function bare(sshd: Sshd): Peer {
  return {
    name: 'a bare shell over the same connection, which survives nothing',
    run: async (steps) => {
      const connection = await connectBare(sshd);
      for (let count = 0; count < steps; count += 1) await connection.step();
      connection.end();
    },
  };
}
