import { startBuilt, type Running } from '../acceptance/support/thread-process.ts';
import { until, type Workplace } from '../acceptance/workplace.ts';
import { BOT_MS, type Bot } from './bot.ts';
import type { RunRecord } from './record.ts';
import type { Variables } from './terminal-bot.ts';
import type { Thread } from './thread.ts';

/** Codes with which a server that was not killed may end. */
const STOPPED = 0;

/** A server, and people who write in the issue. */
export function serverBot(work: Workplace, thread: Thread, env: Variables, recordOf: (run: string) => RunRecord): Bot {
  const before = new Set(work.runs());
  const problems: string[] = [];
  const all: string[] = [];
  let server: Running | undefined;
  let killed: Running | undefined;
  let last: { readonly words: string; readonly comment: number } | undefined;

  const run = (): string | undefined => work.runs().find((each) => !before.has(each));

  function start(): void {
    const mine = startBuilt('server.js', [], { ...thread.env, CHANGEOVER_JOURNAL: work.journal, ...env }, [], BOT_MS);
    server = mine;
    void mine.ended.then(({ code, said }) => {
      all.push(said);
      if (server === mine) server = undefined;
      if (killed !== mine && code !== STOPPED) problems.push(`the server ended with ${String(code)}: ${said}`);
    });
  }

  /** The same again only where the bot asks for that: a server was killed between taking a comment up and acting on it. */
  async function write(words: string): Promise<void> {
    if (last?.words === words && !thread.isAnswered(last.comment)) return;
    last = { words, comment: await thread.write(words) };
  }

  async function kill(): Promise<boolean> {
    if (server === undefined) return false;
    const mine = server;
    killed = mine;
    mine.kill('SIGKILL');
    await mine.ended;
    return true;
  }

  function wrongWords(id: string): readonly string[] {
    const events = recordOf(id).events();
    // What was blocked before its first step says so in its one comment.
    const own = events.some(({ type }) => type === 'step_opened') ? ['live', 'end'] : ['live'];
    const prompts = events.flatMap((event) => (event.type === 'prompt_opened' ? [`prompt-${event.prompt}`] : []));
    return [...own, ...prompts].flatMap((kind) => {
      const count = thread.count(kind, id);
      return count === 1 ? [] : [`there are ${String(count)} comments of the kind ${kind} of run ${id}`];
    });
  }

  return {
    pid: () => server?.pid,
    kill,
    begin: async () => {
      start();
      // What was written before a server first looked through the comments is never answered.
      await until(() => thread.looks() >= 2);
    },
    tend: async (answer) => {
      if (server === undefined) start();
      const id = run();
      if (id === undefined) {
        await write('/work demo');
      } else if (answer !== undefined) await write(`/${answer.word} ${id} ${answer.prompt}`);
    },
    problems,
    run,
    afterwards: async () => {
      const id = run() ?? '';
      if (server === undefined) start();
      await until(() => wrongWords(id).length === 0).catch(() => undefined);
      const token = { GITHUB_API_URL: thread.url, GITHUB_TOKEN: 'rita' };
      const again = await work.changeoverWith(env, 'resume', id);
      const verified = await work.changeoverWith({ ...env, ...token }, 'verify', id, '--strict');
      return [
        ...wrongWords(id),
        ...thread.problems(),
        ...(again.code === 0 || again.code === 1 ? [] : [`resume ended with ${String(again.code)}: ${again.err}`]),
        ...(verified.code === 0 ? [] : [`verify ended with ${String(verified.code)}: ${verified.out}${verified.err}`]),
      ];
    },
    said: () => all.join('\n-- killed or stopped --\n'),
    end: async () => {
      await kill();
    },
  };
}
