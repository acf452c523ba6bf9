import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planCall } from '../../src/engine/request.ts';
import { view } from '../../src/engine/view.ts';
import { runMeant } from '../../src/github/decide.ts';
import { problemsText } from '../../src/github/problems-text.ts';
import { worded } from '../../src/github/worded.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { RunState } from '../../src/run/types.ts';
import type { Command, ProcedureCommand } from '../../src/thread/command.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { splitLines } from '../../src/thread/find-lines.ts';
import { mistakeText } from '../../src/thread/mistake-text.ts';
import { parseCommandLine } from '../../src/thread/parse-command.ts';
import { parseComment, type ParsedComment } from '../../src/thread/parse-comment.ts';
import { renderHelp } from '../../src/thread/render-help.ts';
import { renderStatus } from '../../src/thread/render-answers.ts';
import { type HostileComment, hostileComments } from '../support/hostile-comments.ts';
import { INJECTIONS } from '../support/injections.ts';
import { finished, Story, type World } from '../thread/story.ts';
import { expectWellFormed } from '../thread/well-formed.ts';
import { seedFor } from './seed.ts';

/** How many comments are written. */
const COMMENTS = 10_000;
const LONGEST_MS = 900_000;

const FILES = new Map([
  ['inventory.yml', 'hosts:\n  one: {address: one.example.org, user: root, vars: {root: /srv}}\n'],
  [
    'procedures/demo/upgrade.yml',
    String.raw`description: Upgrade the demo
hosts: [one]
params:
  version: {description: the new version, type: string, pattern: '\d+\.\d+', required: true}
steps:
  - {id: fetch, run: 'fetch "$version"', on_rollback: {leave: nothing is there}}
`,
  ],
  [
    'procedures/demo/note.yml',
    // The value stands wherever a procedure can put it.
    `description: Note a text
hosts: [one]
params:
  text: {description: what to note, type: string, required: true}
steps:
  - {id: note, run: 'printf %s "$text"', env: {COPY: '\${{ params.text }}'}, on_rollback: {leave: nothing is there}}
  - {id: say, comment: 'Noted: \${{ params.text }}, as @acme/ops asked.'}
  - {id: file, file: {path: /srv/note, content: '\${{ params.text }}'}}
  - {id: hand, manual: 'Look at \${{ params.text }}'}
  - {id: break, run: 'echo "$text"; exit 1', on_rollback: {leave: nothing is there}}
`,
  ],
]);
const source = {
  head: () => Promise.resolve(null),
  read: (_commit: string | null, path: string) => Promise.resolve(FILES.get(path)),
  list: (_commit: string | null, folder: string) =>
    Promise.resolve([...FILES.keys()].filter((path) => path.startsWith(`${folder}/`))),
};

const shown: World = {
  look: () => ({ probe: { exit_code: 1, stdout: '', stderr: '' } }),
};

/** Hosts that print what they are given, and a step that fails over it. */
const echoing = (text: string): World => ({
  ...shown,
  job: ({ step }) => ({
    report: step === 'break' ? finished('failed', 5) : finished('done', 5),
    stdout: { text: `${text}\n${text}` },
    stderr: { head: text, tail: `\n${text}`, omitted_bytes: 10 },
  }),
});

/** The run as it is looked at, as it waits where it failed, and rolled back. */
function statesOf(plan: Plan, typed: string): readonly RunState[] {
  // Half characters are none that a host could print.
  const world = echoing(typed.replaceAll(/\p{Cs}/gu, '\uFFFD'));
  const look = new Story(plan, 'dryrun', world).play();
  const run = new Story(plan, 'apply', world).play();
  run.decide('continue');
  run.play();
  const failed = run.state;
  run.decide('rollback');
  run.play();
  return [look.state, failed, run.state];
}

async function answersToCall(command: ProcedureCommand): Promise<readonly string[]> {
  const { verb, system, positional, named, environment } = command;
  const planned = await planCall({ source }, { verb, system, positional, named: Object.entries(named), environment });
  if (planned.kind === 'refused') return [worded(planned.texts)];
  // No value makes the files faulty.
  if (planned.kind === 'faulty') throw new Error(problemsText(planned.problems));
  const values = [...positional, ...Object.values(named)];
  // What was typed arrives as it was typed, and as nothing else.
  expect(values).toEqual(Object.values(planned.plan.params));
  const bodies = statesOf(planned.plan, values.join(' ')).flatMap((state) => [
    ...commentsOf(state, view).map(({ body }) => body),
    renderStatus([state]),
  ]);
  return [...new Set(bodies)];
}

/** Who wrote it to whom does not matter to which run is meant. */
const inIssue = {
  issue: 1,
  comment: { id: 1, body: '', author: undefined, app: undefined, createdAt: '', updatedAt: '' },
};

async function answersToCommand(command: Command): Promise<readonly string[]> {
  switch (command.kind) {
    case 'procedure':
      return answersToCall(command);
    case 'decision':
    case 'approve': {
      const meant = runMeant({ decision: 'retry', ...command }, inIssue, []);
      return meant.kind === 'answer' ? [meant.text] : [];
    }
    case 'help':
      return [renderHelp([], command.verb, command.system)];
    default:
      return [];
  }
}

const answersTo = async (parsed: ParsedComment): Promise<readonly string[]> =>
  parsed.kind === 'ignore'
    ? []
    : parsed.kind === 'mistake'
      ? [mistakeText(parsed.mistake)]
      : answersToCommand(parsed.command);

/** What must hold of a comment, and what it came to. */
async function hold({ body, asks }: HostileComment): Promise<ParsedComment['kind'] | 'run'> {
  const parsed = parseComment(body);
  if (asks === 'nothing') expect(parsed.kind).not.toBe('command');
  else if (asks !== 'open') expect(parsed).toEqual(parseComment(asks.line));
  // Nothing is ever put together: what is followed stands in the comment, as a line, word by word.
  if (parsed.kind === 'command') {
    const lines = splitLines(body).filter((line) => /^ *\/[a-z]/.test(line));
    expect(lines.map((line) => JSON.stringify(parseCommandLine(line)))).toContain(JSON.stringify(parsed));
  }
  const answers = await answersTo(parsed);
  for (const text of answers) {
    expect(text).not.toBe('');
    expectWellFormed(text, ['@william', '@acme']);
  }
  return answers.length > 1 ? 'run' : parsed.kind;
}

describe('a comment that nobody should write', () => {
  it(
    'is all there is to it: read, planned and answered, it acts as nothing',
    async () => {
      const came = new Map<string, number>();
      const property = fc.asyncProperty(hostileComments, async (comment) => {
        const to = await hold(comment);
        came.set(to, (came.get(to) ?? 0) + 1);
      });
      await fc.assert(property, { numRuns: COMMENTS, seed: seedFor('test/generated/hostile.test.ts') });
      process.stderr.write(`hostile comments: ${JSON.stringify(Object.fromEntries(came))}\n`);
      for (const kind of ['ignore', 'command', 'mistake', 'run']) expect(came.get(kind)).toBeGreaterThan(COMMENTS / 50);
    },
    LONGEST_MS,
  );

  it.each(Object.entries(INJECTIONS))(
    'is data where it is a value, and talk where it is alone: %s',
    async (_, texts) => {
      for (const text of texts) {
        expect(await hold({ body: text, asks: 'open' })).not.toBe('run');
        const value = text.replaceAll('"', "'").replaceAll(/[\r\n]/g, ' ');
        for (const line of [`/note demo text="${value}"`, `/upgrade demo "${value}"`])
          await hold({ body: line, asks: 'open' });
      }
    },
  );

  it('is answered and not followed where it only looks like a command', async () => {
    for (const text of INJECTIONS['alike'] ?? [])
      expect([text, await hold({ body: text, asks: 'open' })]).toEqual([
        text,
        expect.stringMatching(/^(?:mistake|command)$/),
      ]);
  });
});
