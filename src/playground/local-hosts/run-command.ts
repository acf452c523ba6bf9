import { spawn } from 'node:child_process';
import type { ServerChannel } from 'ssh2';

export interface RunningCommand {
  /** Sends a signal (`TERM`, `KILL`, …) to the command's process group; nothing once it ended. */
  readonly signal: (name: string) => void;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What runs a command, which is its last word. */
  readonly shell: readonly [program: string, ...words: readonly string[]];
}

const SIGNALS = ['HUP', 'INT', 'QUIT', 'TERM', 'KILL', 'USR1', 'USR2', 'ALRM', 'PIPE'] as const;

/**
 * Runs a command for a channel as sshd does: in a session of its own, exit status as soon as it ends, the channel closed
 * when nobody holds its output any more. When the channel goes first, the pipes are closed and the command runs on;
 * only its next write fails.
 */
export function runCommand(
  channel: ServerChannel,
  command: string,
  { shell, ...options }: CommandOptions,
): RunningCommand {
  const [program, ...words] = shell;
  const child = spawn(program, [...words, command], { ...options, detached: true, stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  let over = false;

  channel.pipe(stdin);
  stdout.pipe(channel, { end: false });
  stderr.pipe(channel.stderr, { end: false });
  // A command need not read what it is sent, and a client need not stay to hear: neither is an error of the host.
  for (const stream of [stdin, stdout, stderr, channel, channel.stderr]) stream.on('error', () => undefined);

  child.on('error', () => {
    channel.exit(126);
    channel.close();
  });
  child.on('exit', (code, signal) => {
    over = true;
    if (signal === null) channel.exit(code ?? 255);
    else channel.exit(signal.replace(/^SIG/, ''), false, '');
  });
  child.on('close', () => {
    // What nobody will read any more is thrown away: a channel whose input was not read to its end never closes.
    channel.unpipe(stdin);
    channel.resume();
    channel.stderr.end(() => channel.end());
  });
  channel.on('close', () => {
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
  });

  return {
    signal: (name) => {
      const known = SIGNALS.find((each) => each === name);
      if (over || known === undefined || child.pid === undefined) return;
      try {
        process.kill(-child.pid, `SIG${known}`);
      } catch {
        // The group ended in the meantime.
      }
    },
  };
}
