import { describe, expect, it } from '@jest/globals';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parse } from 'yaml';
import * as z from 'zod';
import { readActionSettings } from '../../src/github/action-settings.ts';
import { examples } from './examples.ts';
import { blocks, read, section } from './pages.ts';

const PAGE = 'docs/action.md';
const described = z.object({ description: z.string().min(20), default: z.string().optional() });
const action = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    author: z.string(),
    branding: z.object({ icon: z.string(), color: z.string() }),
    inputs: z.record(z.string(), described),
    outputs: z.record(z.string(), described),
    runs: z.object({ using: z.literal('node24'), main: z.literal('dist/github-action.js') }),
  })
  .parse(parse(read('action.yml')));

const permissions = z.record(z.string(), z.string());
const workflow = z.object({
  on: z.looseObject({ workflow_dispatch: z.object({ inputs: z.record(z.string(), z.unknown()) }).optional() }),
  permissions,
  jobs: z.record(
    z.string(),
    z.object({
      'timeout-minutes': z.number(),
      permissions: permissions.optional(),
      steps: z.array(
        z.object({ uses: z.string(), with: z.record(z.string(), z.union([z.string(), z.number()])).default({}) }),
      ),
    }),
  ),
});

/** As a workflow sets it that gives no input. */
const JOB = {
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_EVENT_PATH: '/event',
  GITHUB_REPOSITORY: 'acme/ops',
  GITHUB_RUN_ID: '1',
  GITHUB_TRIGGERING_ACTOR: 'william',
  INPUT_TOKEN: 'token',
};
/** Without it nothing is handed over. */
const WORKFLOW = { GITHUB_WORKFLOW_REF: 'acme/ops/.github/workflows/changeover.yml@refs/heads/main' };

describe('action.yml', () => {
  it('has no input that the docs or the program do not know', () => {
    const inputs = section(PAGE, 'Inputs and variables');
    expect(Object.keys(action.inputs).filter((name) => !inputs.includes(`\`${name}\``))).toEqual([]);
    const told = [...inputs.matchAll(/`INPUT_([A-Z_]+)`/g)].map(([, name = '']) => name.toLowerCase());
    expect(told.toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  });

  it('gives the defaults that the program has by itself', () => {
    const defaults = Object.entries(action.inputs).flatMap(([name, { default: value }]) =>
      value === undefined || name === 'token' ? [] : [[`INPUT_${name.toUpperCase()}`, value] as const],
    );
    expect(defaults.length).toBeGreaterThan(3);
    expect(readActionSettings({ ...JOB, ...Object.fromEntries(defaults) })).toEqual(readActionSettings(JOB));
    expect(readActionSettings(JOB)).toMatchObject({ kind: 'ok' });
  });
});

describe('docs/action.md', () => {
  it('shows a workflow that GitHub takes, with inputs that there are', () => {
    const [workflow] = examples().filter(({ kind }) => kind === 'workflow');
    const content = workflow?.file ?? '';
    const { context } = parseWorkflow({ name: 'changeover.yml', content }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(String)).toEqual([]);
    const [, given = ''] = /with:\n((?: {10}.*\n)+)/.exec(content) ?? [];
    const names = [...given.matchAll(/^ +(\w+):/gm)].map(([, name = '']) => name);
    expect(names).toEqual(['journal', 'handover_seconds', 'ssh_key']);
    expect(names.filter((name) => !Object.hasOwn(action.inputs, name))).toEqual([]);
  });

  it.each([
    ['the one on a runner of your own', examples().find(({ kind }) => kind === 'workflow')?.file ?? ''],
    ['the one to copy', read('docs/examples/changeover.yml')],
  ])('shows only workflows that hand runs over in time, and can, or do not: %s', (_, text) => {
    const { on, permissions, jobs } = workflow.parse(parse(text));
    const working = Object.values(jobs).flatMap((job) =>
      job.steps
        .filter(({ uses, with: given }) => uses.startsWith('OWNER/changeover@') && given['part'] !== 'answer')
        .map(({ with: given }) => ({ ...job, given })),
    );
    expect(working).toHaveLength(1);
    for (const { given, ...job } of working) {
      const read = readActionSettings({
        ...JOB,
        ...WORKFLOW,
        INPUT_HANDOVER_SECONDS: String(given['handover_seconds'] ?? ''),
      });
      if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
      const { next } = read.settings;
      if (next === undefined) continue;
      expect((job.permissions ?? permissions)['actions']).toBe('write');
      expect(Object.keys(on.workflow_dispatch?.inputs ?? {})).toContain('handover');
      expect(given['handover']).toBe('${{ inputs.handover }}');
      // What is left is for giving runs back and for the next job's start.
      expect(job['timeout-minutes']).toBeGreaterThanOrEqual(next.afterMs / 60_000 + 10);
    }
  });

  it('names secret, variable, environment and inputs of the workflow to copy', () => {
    const example = read('docs/examples/changeover.yml');
    const typed = blocks(PAGE, 'sh')
      .map(({ text }) => text)
      .join('\n');
    const set = [...typed.matchAll(/^gh (secret|variable) set (\w+) --env (\w+) </gm)];
    expect(set).toHaveLength(2);
    for (const [, kind, name = '', environment = ''] of set) {
      expect(example).toContain(`\${{ ${kind === 'secret' ? 'secrets' : 'vars'}.${name} }}`);
      expect(example).toContain(`environment: ${environment}\n`);
    }
    const [started = ''] = /gh workflow run [^`]*/.exec(read(PAGE)) ?? [];
    const inputs = z
      .object({ on: z.object({ workflow_dispatch: z.object({ inputs: z.record(z.string(), z.unknown()) }) }) })
      .parse(parse(example)).on.workflow_dispatch.inputs;
    // The last one is for jobs alone.
    const ofPeople = Object.keys(inputs).filter((name) => name !== 'handover');
    expect([...started.matchAll(/-f (\w+)=/g)].map(([, name]) => name)).toEqual(ofPeople);
  });
});
