import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { runCommand, type CommandOptions, type RunningCommand } from './run-command.ts';

export interface SshServer {
  readonly port: number;
  /** Cuts every connection, as a pulled cable would look once noticed. Commands run on. */
  readonly dropConnections: () => void;
  /** Down: cuts every connection and refuses new ones. Up again: listens on the same port. */
  readonly setDown: (down: boolean) => Promise<void>;
}

export interface SshServerOptions extends CommandOptions {
  readonly hostKey: string;
  readonly user: string;
  /** The one public key that is let in, in wire format. */
  readonly clientKey: Buffer;
}

/** OpenSSH's own default. */
const MAX_SESSIONS = 10;

/** An SSH server on 127.0.0.1, on a free port: one user, one key, commands only; no terminal, shell, SFTP or forwarding. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [options.hostKey] }, (connection) => {
    serve(connection, options);
  });
  const dropConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const open = async (port: number): Promise<TcpServer> => {
    const listener = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
      server.injectSocket(socket);
    });
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return listener;
  };

  let listener: TcpServer | undefined = await open(0);
  const { port } = addressOf(listener);
  const setDown = async (down: boolean): Promise<void> => {
    if (down && listener !== undefined) {
      const closing = listener;
      listener = undefined;
      closing.close();
      dropConnections();
      await once(closing, 'close');
    } else if (!down) {
      listener ??= await open(port);
    }
  };
  return { port, dropConnections, setDown };
}

function addressOf(listener: TcpServer): AddressInfo {
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a local host got no TCP port to listen on');
  return address;
}

function serve(connection: Connection, options: SshServerOptions): void {
  let sessions = 0;
  // A client that hangs up in the middle is everyday life for a server.
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => {
    if (isLetIn(context, options)) context.accept();
    else context.reject(['publickey']);
  });
  connection.on('session', (accept, reject) => {
    if (sessions >= MAX_SESSIONS) {
      reject();
      return;
    }
    sessions += 1;
    let running: RunningCommand | undefined;
    const session = accept();
    session.on('exec', (take, _refuse, { command }) => {
      const channel = take();
      let eof = false;
      channel.on('end', () => {
        eof = true;
      });
      channel.on('close', () => {
        sessions -= 1;
      });
      const started = runCommand(channel, command, { cwd: options.cwd, env: options.env, shell: options.shell });
      running = {
        signal: (name) => {
          if (!eof) started.signal(name);
        },
      };
    });
    session.on('close', () => {
      if (running === undefined) sessions -= 1;
    });
    session.on('signal', (_accept, _reject, { name }) => running?.signal(name));
  });
}

function isLetIn(context: AuthContext, { user, clientKey }: SshServerOptions): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false;
  const { key, signature, blob, hashAlgo } = context;
  if (key.data.length !== clientKey.length || !timingSafeEqual(key.data, clientKey)) return false;
  // Without a signature the client only asks whether the key would do.
  if (signature === undefined || blob === undefined) return true;
  const parsed = ssh2.utils.parseKey(clientKey);
  return !(parsed instanceof Error) && parsed.verify(blob, signature, hashAlgo);
}
