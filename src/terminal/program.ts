import { Command, Option } from '@commander-js/extra-typings';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Hosts } from '../engine/ports.ts';
import { explain } from './commands/explain.ts';
import { lint } from './commands/lint.ts';
import { logs } from './commands/logs.ts';
import { status } from './commands/status.ts';
import { trust } from './commands/trust.ts';
import { verify, type Verdict } from './commands/verify.ts';
import { resumeFromHosts } from './commands/from-hosts.ts';
import { decide, resume, start } from './commands/work.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Options, Session } from './session.ts';

/** What the entry gives the commands: how to open a session, and the two programs that are not commands of a run. */
export interface Programs {
  open(options: Options): Session & { close(): Promise<void> };
  showKey: Parameters<typeof trust>[2];
  check(options: Options, target: string, hosts: Hosts): Promise<Verdict | undefined>;
  serve(): Promise<ExitCode>;
  setUp(asked: SetUpAsked): Promise<ExitCode>;
  playground(port: number): Promise<ExitCode>;
}

/** What `setup` is given. */
export interface SetUpAsked {
  readonly url: string;
  readonly organization?: string | undefined;
  readonly file: string;
  readonly port: number;
}

/** Runs one command line and says its exit code. Wrong usage is 2, as the contract wants it. */
export async function runCommandLine(words: readonly string[], programs: Programs, version: string): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = new Command('changeover')
    .description('Runs upgrade runbooks step by step over SSH, from here or from GitHub issue comments.')
    .version(version)
    .option('--procedures <dir>', 'folder of the procedures', 'procedures')
    .option('--inventory <file>', 'the inventory', 'inventory.yml')
    .option('--journal <dir>', 'where runs are recorded', defaultJournal())
    .option('--json', 'one JSON event a line on standard output, nothing else there', false)
    .option('--no-color', 'no colours')
    .option('--yes', 'ask nothing before starting', false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(changeover --help lists the commands)');

  /** Opens the session that a command works in, and closes it whatever happens. */
  async function within(work: (session: Session) => Promise<ExitCode>): Promise<void> {
    const session = programs.open(program.opts());
    try {
      code = await work(session);
    } finally {
      await session.close();
    }
  }

  program
    .command('lint')
    .argument('[file...]', 'procedures; none: all of them')
    .description('check procedures and the inventory without a host')
    .action((files) => within((session) => lint(session, files)));
  program
    .command('explain')
    .argument('<verb>')
    .argument('<system>')
    .argument('[args...]', 'values in the order of the params, or name=value; none: left to be filled in')
    .description('print a procedure as the page that a person could follow by hand')
    .action((verb, system, args) => within((session) => explain(session, [verb, system, ...args])));
  program
    .command('plan')
    .argument('<verb>')
    .argument('<system>')
    .argument('[args...]', 'values in the order of the params, or name=value')
    .description('the dry run: what would happen on each host')
    .action((verb, system, args) =>
      within((session) => start(session, [verb, system, ...args], { mode: 'dryrun', wait: true })),
    );
  program
    .command('run')
    .argument('<verb>')
    .argument('<system>')
    .argument('[args...]', 'values in the order of the params, or name=value')
    .addOption(new Option('--on-failure <what>', 'instead of asking').choices(['prompt', 'rollback', 'abort'] as const))
    .option('--no-wait', 'exit with 3 rather than wait for a host that another run holds')
    .description('do it, step by step')
    .action((verb, system, args, { onFailure, wait }) =>
      within((session) =>
        start(session, [verb, system, ...args], {
          mode: 'apply',
          wait,
          ...(onFailure === undefined ? {} : { onFailure }),
        }),
      ),
    );
  program
    .command('resume')
    .argument('<run>')
    .argument('[words...]', 'with --from-hosts: verb, system and values, as they were given when the run was started')
    .option('--recorded-plan', 'go on by the recorded plan though the files have changed', false)
    .option('--from-hosts', 'the journal is lost: make the record anew from what the hosts hold of the run', false)
    .description('pick a run up where it stopped')
    .action((run, words, { recordedPlan, fromHosts }) =>
      within((session) =>
        fromHosts ? resumeFromHosts(session, run, words) : resume(session, run, words, recordedPlan),
      ),
    );
  program
    .command('decide')
    .argument('<run>')
    .argument('<answer>', 'retry, skip, rollback, abort or continue; pause')
    .option('--prompt <id>', 'the prompt that is meant, e.g. p2')
    .option('--recorded-plan', 'go on by the recorded plan though the files have changed', false)
    .description("answer a run's prompt and go on")
    .action((run, answer, { prompt, recordedPlan }) =>
      within((session) => decide(session, run, answer, prompt, recordedPlan)),
    );
  program
    .command('rollback')
    .argument('<run>')
    .option('--recorded-plan', 'go on by the recorded plan though the files have changed', false)
    .description('undo what a waiting run did, last step first')
    .action((run, { recordedPlan }) => within((session) => decide(session, run, 'rollback', undefined, recordedPlan)));
  program
    .command('status')
    .argument('[run]')
    .description('the runs, or one of them step by step')
    .action((run) => within((session) => status(session, run)));
  program
    .command('logs')
    .argument('<run>')
    .argument('<step>')
    .argument('[host]')
    .description("a step's output")
    .action((run, step, host) => within((session) => logs(session, run, step, host)));
  program
    .command('trust')
    .argument('<host...>', 'names in the inventory')
    .description("fetch hosts' keys and, once you agree, remember them")
    .action((hosts) => within((session) => trust(session, hosts, programs.showKey)));
  program
    .command('verify')
    .argument('<run>', 'a run, or a journal file')
    .option('--head <hash>', 'a hash that a prompt or an end comment shows: the journal must have it')
    .option('--strict', 'exit with 4 where something could not be compared', false)
    .description('check that no event, log or comment was changed since it was written, nor what its hosts hold of it')
    .action((run, asked) =>
      within((session) =>
        verify(session, run, asked, (target, hosts) => programs.check(session.options, target, hosts)),
      ),
    );
  program
    .command('serve')
    .description('answer GitHub webhooks (settings come from the environment)')
    .action(async () => {
      code = await programs.serve();
    });
  program
    .command('setup')
    .requiredOption('--url <address>', 'where GitHub will reach the server, such as https://changeover.example.org')
    .option('--organization <name>', 'whose App it is; left out: of whoever is logged in to GitHub')
    .option('--file <file>', "where the App's credentials are written; it must not be there yet", '.env')
    .option('--port <n>', 'of the page on 127.0.0.1; 0: a free one', '0')
    .description('register a GitHub App for the server, by a page in your browser')
    .action(async ({ port, ...asked }) => {
      code = await programs.setUp({ ...asked, port: Number(port) });
    });
  program
    .command('playground')
    .option('--port <n>', 'port on 127.0.0.1', '3000')
    .description('try it here: a local GitHub and stand-in hosts')
    .action(async ({ port }) => {
      code = await programs.playground(Number(port));
    });

  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (isUsage(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
    throw error;
  }
  return code;
}

function isUsage(error: unknown): error is Error & { exitCode: number } {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('commander.') && 'exitCode' in error
  );
}

function defaultJournal(): string {
  const state = process.env['XDG_STATE_HOME'];
  return join(state !== undefined && state !== '' ? state : join(homedir(), '.local', 'state'), 'changeover');
}
