import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { prose } from '../../src/thread/markdown.ts';
import { renderLogs, renderRunStatus, renderStatus } from '../../src/thread/render-answers.ts';
import { promptText } from '../../src/thread/terminal-prompt.ts';
import { runListText, runStatusText } from '../../src/thread/terminal-status.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import type { View } from '../../src/thread/view.ts';
import { failingRestore, host, job, pryvPlan, step } from './pryv.ts';
import { finished, Story, type World } from './story.ts';
import { expectWellFormed } from './well-formed.ts';

/**
 * Text as bad as it comes: pieces that mean something to Markdown, HTML, terminals or GitHub, and any bytes but half
 * characters, which a journal does not take.
 */
const nasty = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc
      .array(
        fc.constantFrom(
          ...[
            '```',
            '````',
            '~~~',
            '`',
            '</details>',
            '<details>',
            '<!--',
            '-->',
            '<b>',
            '<script>',
            '<code>',
            '</summary>',
          ],
          ...[
            '|',
            '\\|',
            '\\',
            '\n',
            '\n\n',
            '\r',
            '\r\n',
            '\t',
            '    ',
            '---',
            '===',
            '> ',
            '- ',
            '1. ',
            '# ',
            '*',
            '__',
            '~~',
          ],
          ...[
            '@everyone',
            '@acme/ops',
            '#12',
            'GH-1',
            'https://evil.example',
            '[x](y)',
            '![x](y)',
            '[x]: y',
            '&lt;',
            '&#35;1',
          ],
          ...[
            '\u202E',
            '\u200B',
            '\u0000',
            '\u001B[31m',
            '\u001B]8;;x\u0007',
            '\uD800',
            '\u2028',
            '$$',
            'word',
            ' ',
            '🧯',
            'é',
          ],
          '<!-- changeover:run=20261122-7k3f kind=end -->',
        ),
        { maxLength: 12 },
      )
      .map((pieces) => pieces.join('')),
  )
  .map((text) => text.replaceAll(/\p{Cs}/gu, '\uFFFD'));

interface Nastiness {
  readonly name: string;
  readonly reason: string;
  readonly value: string;
  readonly out: string;
  readonly err: string;
  readonly trouble: string;
}

const texts = fc.record({ name: nasty, reason: nasty, value: nasty, out: nasty, err: nasty, trouble: nasty });

const hosts = ['pryv-1', 'pryv-2'];

function planOf({ name, reason, value }: Nastiness): ReturnType<typeof pryvPlan> {
  const text = (fill: string): string => fill || 'nothing';
  const env = { version: { lit: value } };
  return pryvPlan({ params: { version: value }, description: name }, [
    step('one', text(name), job({ shell: 'sh', text: `true ${reason}` }, { env }), {
      hosts,
      undo: { kind: 'leave', reason },
    }),
    step('two', text(name), job({ shell: 'sh', text: 'true' }, { env }), { hosts, undo: { kind: 'irreversible' } }),
    step('three', text(name), job({ shell: 'sh', text: 'false' }, { env }), { hosts, undo: { kind: 'none' } }),
  ]);
}

const worldOf = ({ out, err, trouble }: Nastiness): World => ({
  look: () => ({ probe: { exit_code: 1, stdout: out, stderr: err } }),
  job: ({ step: id, host: on }) => {
    const streams = { stdout: { text: out.repeat(3) }, stderr: { head: err, tail: out, omitted_bytes: 10 } };
    if (id !== 'three') return { report: finished('done', 5), ...streams };
    if (on === 'pryv-2') return { report: { kind: 'unknown', why: trouble, alive: false }, ...streams };
    return { report: finished('failed', 70), ...streams };
  },
});

const viewOf = ({ out }: Nastiness): View => ({ preview: () => ({ kind: 'diff', text: `-${out}` }) });

function statesOf(each: Nastiness): readonly RunState[] {
  const look = new Story(planOf(each), 'dryrun', worldOf(each)).play();
  const run = new Story(planOf(each), 'apply', worldOf(each)).play();
  const waiting = run.state;
  run.decide('rollback', { kind: 'github', id: 1, login: each.name, right: each.reason });
  run.play();
  const down = { ...worldOf(each), preflight: () => ({ troubles: [each.trouble, each.err] }) };
  const blocked = new Story(planOf(each), 'apply', down).play();
  return [look.state, waiting, run.state, blocked.state];
}

describe('whatever programs print and people write', () => {
  it('acts as nothing in the thread: folds and fences close, and nobody is called', () => {
    fc.assert(
      fc.property(texts, (each) => {
        for (const state of statesOf(each)) {
          for (const { body } of commentsOf(state, viewOf(each))) expectWellFormed(body, ['@william']);
          expectWellFormed(renderRunStatus(state, viewOf(each)), []);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('acts as nothing in answers', () => {
    fc.assert(
      fc.property(texts, (each) => {
        const states = statesOf(each);
        const [first] = states;
        expectWellFormed(renderStatus(states), []);
        expectWellFormed(prose(each.reason), []);
        if (first === undefined) throw new Error('no state');
        const key = { step: 'one', host: 'pryv-1', item: '-', phase: 'apply', attempt: 1 } as const;
        expectWellFormed(renderLogs(first, { job: key, out: each.out, err: each.err, omittedBytes: 3 }), []);
      }),
      { numRuns: 15 },
    );
  });

  it('moves no cursor in a terminal', () => {
    fc.assert(
      fc.property(texts, (each) => {
        for (const state of statesOf(each)) {
          const prompts = state.prompts.map((prompt) => promptText(state, prompt));
          const shown = [planText(state, viewOf(each)), runListText([state]), runStatusText(state), ...prompts].join(
            '\n',
          );
          expect(shown).not.toMatch(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a run with more than a comment can hold', () => {
  const names = Array.from({ length: 40 }, (_, index) => `web-${index}`);
  const steps = Array.from({ length: 12 }, (_, index) =>
    step(`s${index}`, `Step number ${index} `.repeat(8), job({ shell: 'sh', text: 'x\n'.repeat(20_000) }), {
      hosts: names,
      undo: { kind: 'leave', reason: 'because '.repeat(200) },
    }),
  );
  const long = 'a line of output with ``` in it\n'.repeat(500);
  const world: World = {
    look: () => ({ probe: { exit_code: 1, stdout: long, stderr: long } }),
    job: ({ step: id, host: on }) => ({
      report: id === 's11' && on !== 'web-0' ? finished('failed', 10) : finished('done', 10),
      stdout: { head: long, tail: long, omitted_bytes: 104_857_600 },
      stderr: { text: long },
    }),
  };
  const plan = pryvPlan({ hosts: names.map(host) }, steps);

  it('is told with less, never cut', () => {
    const run = new Story(plan, 'apply', world).play();
    expect(run.state.status).toBe('waiting');
    for (const { body } of commentsOf(run.state, {})) expectWellFormed(body, ['@william']);
    const prompt = commentsOf(run.state, {}).at(-1)?.body;
    for (const line of ['/retry', '/skip', '/rollback', '/abort']) expect(prompt).toContain(`| \`${line}\` |`);
    run.decide('rollback');
    run.play();
    for (const { body } of commentsOf(run.state, {})) expectWellFormed(body, ['@william']);
  });

  it('is looked at with less, and still says what to type', () => {
    const look = new Story(plan, 'dryrun', world).play();
    const [comment] = commentsOf(look.state, { preview: () => ({ kind: 'diff', text: long }) });
    expectWellFormed(comment?.body ?? '', []);
    expect(comment?.body).toContain('```text\n/upgrade pryv 1.6\n```');
  });

  it('has logs that fill a comment and no more', () => {
    const run = new Story(pryvPlan(), 'apply', failingRestore).play();
    const key = { step: 'dump', host: 'pryv-1', item: '-', phase: 'apply', attempt: 2 } as const;
    const text = renderLogs(run.state, {
      job: key,
      out: long.repeat(40),
      err: long.repeat(40),
      omittedBytes: 5_000_000,
    });
    expectWellFormed(text, []);
    expect(text.length).toBeGreaterThan(20_000);
    expect(text).toContain('The first 5.0 MB are left out.');
  });
});
