import { describe, expect, it } from '@jest/globals';
import type { Inventory } from '../../src/language/types.ts';
import type { Mistake } from '../../src/thread/mistake.ts';
import { prose } from '../../src/thread/markdown.ts';
import { mistakeText } from '../../src/thread/mistake-text.ts';
import { renderHosts, renderLogs, renderStatus } from '../../src/thread/render-answers.ts';
import { type Described, renderHelp, renderProcedures, usageOf } from '../../src/thread/render-help.ts';
import { parseComment } from '../../src/thread/parse-comment.ts';
import { expectGolden } from './golden.ts';
import { failingRestore, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';
import { expectWellFormed } from './well-formed.ts';

const upgrade: Described = {
  system: 'pryv',
  verb: 'upgrade',
  file: 'procedures/pryv/upgrade.yml',
  description: 'Upgrade Pryv to a new version',
  params: [
    {
      name: 'version',
      description: 'The version to go to',
      type: 'string',
      pattern: '\\d+(\\.\\d+){1,2}|next',
      required: true,
    },
    { name: 'keep', description: 'Days for which the dump is kept', type: 'int', default: 30, required: false },
    {
      name: 'mode',
      description: 'How',
      type: 'choice',
      choices: ['fast', 'careful'],
      default: 'careful',
      required: false,
    },
  ],
  hosts: ['pryv-1'],
};
const report: Described = {
  system: 'nbhosting',
  verb: 'report',
  file: 'procedures/nbhosting/report.yml',
  description: 'Which box is in which release',
  params: [],
  hosts: ['nbhosting'],
};

const inventory: Inventory = {
  file: 'inventory.yml',
  hosts: {
    'pryv-1': { name: 'pryv-1', address: 'pryv-1.example.org', port: 22, user: 'ops', vars: {} },
    thurst: { name: 'thurst', address: '192.0.2.7', port: 2222, user: 'root', via: 'pryv-1', vars: {} },
  },
  groups: { nbhosting: ['thurst'] },
};

const section = (typed: string, answer: string): string => `## ${typed}\n\n${answer}`;

describe('answers to questions', () => {
  const run = new Story(pryvPlan(), 'apply', failingRestore).play();
  const look = new Story(pryvPlan(), 'dryrun', failingRestore, '20261122-5c8d', '2026-11-22T05:50:00.000Z').play();
  const key = { step: 'restore', host: 'pryv-1', item: '-', phase: 'apply', attempt: 1 } as const;

  it('read well', () => {
    expectGolden(
      'answers.md',
      [
        section('/help', renderHelp([upgrade, report])),
        section('/help upgrade pryv', renderHelp([upgrade, report], 'upgrade', 'pryv')),
        section('/help report', renderHelp([upgrade, report], 'report')),
        section('/help retry', renderHelp([upgrade, report], 'retry')),
        section('/help upgrad', renderHelp([upgrade, report], 'upgrad')),
        section('/procedures', renderProcedures([upgrade, report])),
        section('/procedures, where there are none', renderProcedures([])),
        section('/hosts', renderHosts(inventory, [run.state])),
        section('/status', renderStatus([look.state, run.state])),
        section('/status, where there was no run', renderStatus([])),
        section(
          '/logs restore',
          renderLogs(run.state, { job: key, out: 'preparing\n', err: 'Failed: no space\n', omittedBytes: 0 }),
        ),
        section(
          '/logs restore, of a silent step',
          renderLogs(run.state, { job: key, out: '', err: '\n', omittedBytes: 0 }),
        ),
      ].join('\n\n---\n\n'),
    );
  });

  it('are well formed', () => {
    for (const text of [
      renderHelp([upgrade, report]),
      renderHelp([upgrade], 'upgrade', 'pryv'),
      renderHosts(inventory, [run.state]),
      renderStatus([look.state, run.state]),
    ])
      expectWellFormed(text, []);
  });

  it('name params in the order in which bare values are taken, with what each must be', () => {
    expect(usageOf(upgrade)).toBe('/upgrade pryv <version> [keep=30] [mode=careful] [dryrun]');
    expect(renderHelp([upgrade], 'upgrade', 'pryv')).toContain('`fast` or `careful`');
  });

  it('say how a word is used that is no procedure', () => {
    expect(renderHelp([upgrade], 'lock')).toContain('/lock pryv-1 the disk is being replaced');
    expect(renderHelp([upgrade], 'approve')).toContain('/approve 3f2a9c1d');
  });

  it('say how much they leave out', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      ...upgrade,
      system: `s${String(index)}`,
      description: 'x'.repeat(200),
      hosts: Array.from({ length: 30 }, (__, at) => `host-${String(at)}`),
    }));
    for (const text of [renderHelp(many), renderHelp(many, 'upgrade'), renderProcedures(many)]) {
      const shown = text.split('\n').filter((line) => line.startsWith('| `/upgrade s')).length;
      expect(text).toContain(`and ${String(1_000 - shown)} more`);
      expect(text).toContain('`host-5` and 24 more');
      expect(text.length).toBeLessThan(65_536);
    }
    expect(renderHelp(many.slice(0, 1), 'upgrade', 's0')).toContain('`host-19` and 10 more and nothing outside');
  });

  it('ask for a value by name where a bare one would be taken for another', () => {
    const { params } = upgrade;
    expect(usageOf({ ...upgrade, params: params.toReversed() })).toBe(
      '/upgrade pryv [mode=careful] [keep=30] version=<version> [dryrun]',
    );
  });

  it('put the runs that still go on first', () => {
    const rows = renderStatus([look.state, run.state])
      .split('\n')
      .filter((line) => line.includes('2026'));
    expect(rows[0]).toContain('20261122-7k3f');
  });
});

describe('answers to mistakes', () => {
  const typed = [
    '/upgrade pryv 1.6 dryrun\n/upgrade pryv 1.6',
    '> it failed\n/retry',
    '/Retry',
    '/rollback.',
    '/rety',
    '/upgrade',
    '/upgrade ../etc 1',
    '/upgrade pryv\u00A01.6',
    '/upgrade pryv 1.6 <!-- dryrun -->',
    '/upgrade pryv note=“two words”',
    '/upgrade pryv note="two words',
    '/upgrade pryv note="a"b',
    '/upgrade pryv 1.6 --dry-run',
    '/upgrade pryv --force',
    '/upgrade pryv dryrun=true',
    '/upgrade pryv v=1 v=2',
    '/upgrade pryv env=',
    '/upgrade pryv at',
    '/upgrade pryv at six',
    '/upgrade pryv at 2026-03-16T06:00',
    '/upgrade pryv at 2026-03-16T06:00 Europe/Zurch',
    '/upgrade pryv at 2026-03-29T02:30 Europe/Zurich',
    '/upgrade pryv at 2026-10-25T02:30 Europe/Zurich',
    '/upgrade pryv at 2026-03-16T06:00Z',
    '/retry now',
    '/logs',
    ...['/approve the plan', '/pause p1', '/queue all', '/lock', '/lock pryv-1', '/unlock', '/unlock a b'],
    ...['/lock ../etc it burns', '/cancel', '/cancel pryv-1'],
  ];
  const later: readonly Mistake[] = [
    { kind: 'no_procedure', verb: 'upgrade', system: 'prvy', known: [upgrade, report] },
    { kind: 'no_run', run: '20261122-7k3g', known: ['20261122-7k3f'] },
    { kind: 'no_runs_here' },
    { kind: 'nothing_waits', decision: 'retry' },
    { kind: 'nothing_waits', decision: 'pause' },
    {
      kind: 'which_run',
      typed: '/retry',
      choices: [
        { run: '20261122-7k3f', prompt: 'p1', about: '/upgrade pryv version=1.6' },
        { run: '20261122-9x2a', prompt: 'p3', about: '/report nbhosting' },
      ],
    },
    { kind: 'nothing_to_lock', name: 'pryv1', known: ['pryv-1', 'pilots', 'customer-acme'] },
    { kind: 'no_such_step', step: 'dumb', known: ['stop', 'dump', 'restore'] },
    { kind: 'no_log', step: 'dump', host: 'pryv-1' },
    { kind: 'too_long', line: '/retry' },
    { kind: 'no_verb', word: 'upgrade pryv' },
  ];

  it('say what is wrong and what to type instead', () => {
    const answers = typed.map((body) => {
      const parsed = parseComment(body);
      return section(
        body.replaceAll('\n', ' ⏎ '),
        parsed.kind === 'mistake' ? mistakeText(parsed.mistake) : `(${parsed.kind})`,
      );
    });
    const more = later.map((mistake) => section(mistake.kind, mistakeText(mistake)));
    expectGolden('mistakes.md', [...answers, ...more].join('\n\n'));
  });

  it('are never silence, and always name something to type', () => {
    for (const body of typed) {
      const parsed = parseComment(body);
      expect(parsed.kind).toBe('mistake');
      if (parsed.kind === 'mistake') expect(mistakeText(parsed.mistake)).toMatch(/`[^`]+`|Write|Type/);
    }
  });
});

describe('a refusal in the words of another room', () => {
  it('keeps its code and loses all else', () => {
    expect(prose('Type `/retry p1`, not **that**, @william <b>')).toBe(
      'Type `/retry p1`, not \\*\\*that\\*\\*, @&#8203;william &lt;b>',
    );
  });
});
