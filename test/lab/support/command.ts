import { spawn } from 'node:child_process';

/** How a program ended, and what it wrote. */
export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** After so many milliseconds it is killed, and that is an error. */
  readonly patienceMs?: number;
}

/** Programs of root's lie outside a normal user's PATH. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Less than a test may take, so that it is the command that is named. */
const PATIENCE_MS = 100_000;
/** For what makes an image or installs packages. */
export const LONG_MS = 600_000;

/** Runs a program to its end without holding up the local GitHub, which lives in this process. */
export function command(words: readonly string[], options: CommandOptions = {}): Promise<Done> {
  const [program = '', ...rest] = words;
  const env = { PATH, LANG: 'C.UTF-8', ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const patienceMs = options.patienceMs ?? PATIENCE_MS;
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    // It may end without reading all of it.
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    const patience = setTimeout(() => {
      child.kill('SIGKILL');
      // A child of its own may live on, and hold what it would write to.
      for (const stream of child.stdio) stream?.destroy();
      reject(new Error(`${words.join(' ')}: no end within ${String(patienceMs / 1000)} s\n${out}${err}`));
    }, patienceMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(patience);
      resolve({ code, out, err });
    });
  });
}

/** The same where anything but an exit with 0 is an error; gives what was written to the standard output. */
export async function must(words: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, out, err } = await command(words, options);
  if (code !== 0) throw new Error(`${words.join(' ')}: exit ${String(code)}\n${out}${err}`);
  return out;
}
