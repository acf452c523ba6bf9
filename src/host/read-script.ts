import type { ClientChannel } from 'ssh2';
import type { Script } from '../language/types.ts';
import type { ReadResult, Setting } from '../run/types.ts';
import { newNonce } from './job-text.ts';
import { LinkLost } from './faults.ts';
import type { Connection, Opened } from './link.ts';
import { quote } from './quote.ts';
import { compound } from './script-text.ts';

/** Kept of each stream of a read-only script. */
const KEPT_BYTES = 65_536;
/** Past 125, so that no condition or fact takes it for an answer. */
const NOT_RUN = 126;
const TIMED_OUT = 142;
/** For the host to say that the time is over, before we say it ourselves. */
const MARGIN_MS = 15_000;
/** After its end, for output still on its way; what it left running may hold the channel open for ever. */
const REST_MS = 500;

/**
 * Runs a script that changes nothing, in a channel of its own, so that it writes nothing on the host either.
 * @param user whom to become by sudo; empty: the login user.
 * @param timeoutMs enforced on the host: nothing of the script's process group lives on.
 * @returns `began`: false where it could not even be started (no sudo right, no shell).
 * @throws LinkLost
 */
export async function readScript(
  connection: Connection,
  script: Script,
  setting: Setting,
  user: string,
  timeoutMs: number,
): Promise<ReadResult & { readonly began: boolean }> {
  const mark = `co:${newNonce()}`;
  const { channel, free, asked, exit } = await connection.channel(command(script.shell, user, timeoutMs));
  try {
    channel.end(`{ printf '%s\\n' ${quote(mark)}; printf '%s\\n' ${quote(mark)} >&2; }\n${compound(script, setting)}`);
    const [out, err, code] = await Promise.race([
      Promise.all([keep(channel, mark), keep(channel.stderr, mark), exitOf(channel, exit)]),
      timeUp(channel, timeoutMs + MARGIN_MS),
    ]);
    if (!out.began) return { exit_code: NOT_RUN, stdout: '', stderr: err.text, began: false };
    if ((code === 124 || code === 137) && performance.now() - asked >= timeoutMs) {
      const late = `${err.text}changeover: it ran for ${timeoutMs / 1000} s, which is all it may, and was ended\n`;
      return { exit_code: TIMED_OUT, stdout: out.text, stderr: late, began: true };
    }
    return { exit_code: code, stdout: out.text, stderr: err.text, began: true };
  } finally {
    channel.destroy();
    free();
  }
}

/** What the login shell is given: words without anything that any shell finds special. */
function command(shell: Script['shell'], user: string, timeoutMs: number): string {
  const sudo = user === '' ? '' : `sudo -n -u ${user} -- `;
  const options = shell === 'bash' ? ' --noprofile --norc' : '';
  // Inside sudo, because a login user cannot end what somebody else runs.
  return `exec ${sudo}timeout -k 1 ${Math.max(0.01, timeoutMs / 1000)} ${shell}${options} -s`;
}

/** Takes all, keeps the first bytes behind the mark; before it, login files may have printed. */
async function keep(stream: NodeJS.ReadableStream, mark: string): Promise<{ began: boolean; text: string }> {
  const line = Buffer.from(`${mark}\n`);
  let kept = Buffer.alloc(0);
  let began = false;
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (kept.length < KEPT_BYTES + line.length) kept = Buffer.concat([kept, chunk]);
      const at = began ? -1 : kept.indexOf(line);
      if (at < 0) continue;
      began = true;
      kept = kept.subarray(at + line.length);
    }
  } catch {
    // The channel was closed under us: by `exitOf` after the end, else it says so itself.
  }
  return { began, text: kept.subarray(0, KEPT_BYTES).toString('utf8') };
}

/** The exit code, 128 + n for a signal. No code at all: the link went down with it. */
async function exitOf(channel: ClientChannel, exit: Opened['exit']): Promise<number> {
  const end = await exit;
  if (end === undefined) throw new LinkLost('the connection ended');
  const rest = setTimeout(() => {
    channel.destroy();
  }, REST_MS).unref();
  channel.once('close', () => {
    clearTimeout(rest);
  });
  return end.code ?? (end.signal === 'KILL' || end.signal === 'SIGKILL' ? 137 : 143);
}

async function timeUp(channel: ClientChannel, ms: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new LinkLost('the host does not answer'));
    }, ms);
    channel.once('close', () => {
      clearTimeout(timer);
    });
  });
}
