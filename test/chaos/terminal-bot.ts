import type { Begun, Workplace } from '../acceptance/workplace.ts';
import type { Answer, Bot } from './bot.ts';
import type { RunRecord } from './record.ts';

/** More environment variables of the bot. */
export type Variables = Readonly<Record<string, string>>;

/** Codes with which a command that was not killed may end: well, blocked, waiting, unknown. */
const FINE: readonly (number | null)[] = [0, 1, 3, 4];

/** A person at a terminal: types `run`, then `resume` or `decide` whenever the command has ended. */
export function terminalBot(work: Workplace, env: Variables, recordOf: (run: string) => RunRecord): Bot {
  const before = new Set(work.runs());
  const problems: string[] = [];
  const all: string[] = [];
  let begun: { readonly process: Begun; readonly words: readonly string[] } | undefined;
  let killed: Begun | undefined;

  const run = (): string | undefined => work.runs().find((each) => !before.has(each));

  function begin(...words: readonly string[]): void {
    const process = work.beginWith(env, ...words);
    const mine = { process, words };
    begun = mine;
    void process.ended.then(({ code, out, err }) => {
      all.push(`$ changeover ${words.join(' ')}\n${out}${err}-- ended with ${String(code)}`);
      if (begun === mine) begun = undefined;
      if (killed === process || FINE.includes(code)) return;
      problems.push(`changeover ${words.join(' ')} ended with ${String(code)}:\n${err}\n${out.slice(-2_000)}`);
    });
  }

  function next(id: string | undefined, answer: Answer | undefined): void {
    if (id === undefined) begin('run', 'work', 'demo', '--yes');
    else if (recordOf(id).openPrompt() === undefined) begin('resume', id);
    else if (answer !== undefined) begin('decide', id, answer.word, '--prompt', answer.prompt);
  }

  return {
    pid: () => begun?.process.pid,
    kill: async () => {
      if (begun === undefined) return false;
      const { process } = begun;
      killed = process;
      process.kill('SIGKILL');
      await process.ended;
      return true;
    },
    begin: async () => undefined,
    tend: async (answer) => {
      const id = run();
      if (begun !== undefined || (id !== undefined && recordOf(id).end() !== undefined)) return;
      next(id, answer);
    },
    problems,
    run,
    afterwards: async () => {
      await begun?.process.ended;
      const id = run() ?? '';
      // What a kill after the last event has left, or a host out of reach: to be called for by `resume`.
      const again = await work.changeoverWith(env, 'resume', id);
      const verified = await work.changeoverWith(env, 'verify', id, '--strict');
      return [
        ...(again.code === 0 || again.code === 1 ? [] : [`resume ended with ${String(again.code)}: ${again.err}`]),
        ...(verified.code === 0 ? [] : [`verify ended with ${String(verified.code)}: ${verified.out}${verified.err}`]),
      ];
    },
    said: () => all.join('\n'),
    end: async () => {
      if (begun === undefined) return;
      begun.process.kill('SIGKILL');
      await begun.process.ended;
    },
  };
}
