import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { read } from '../../docs/pages.ts';
import { filledIn, isTrue } from '../../support/workflow-expressions.ts';
import type { BranchBench } from './branch-bench.ts';
import type { Ended } from './thread-process.ts';

type Texts = Readonly<Record<string, string>>;

const OURS = 'OWNER/changeover@COMMIT';
const inputs = z.record(z.string(), z.object({ default: z.string().optional() }));
const step = z.object({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string(),
  with: z.record(z.string(), z.string()).default({}),
});
const workflow = z.object({
  on: z.object({ workflow_dispatch: z.object({ inputs }) }),
  jobs: z.record(
    z.string(),
    z.object({
      needs: z.string().optional(),
      if: z.string(),
      outputs: z.record(z.string(), z.string()).default({}),
      steps: z.array(step),
    }),
  ),
});

export interface WorkflowEvent {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of `workflow_dispatch`; those that are not given are empty, as GitHub has it. */
  readonly inputs?: Texts;
}

/** What the repository's settings hold. */
export interface Settings {
  readonly secrets: Texts;
  readonly vars: Texts;
}

/** A job of the workflow as it went: that of the Action, and what was given to the Action and to the steps behind it. */
export interface JobRan extends Ended {
  readonly inputs: Texts;
  /** Folders and files that were uploaded. */
  readonly uploaded: readonly string[];
}

/**
 * Runs docs/examples/changeover.yml for an event: which jobs, with which inputs, and what one hands to the next is what the
 * file says, as GitHub would read it. Each job has a runner of its own.
 * @param env of jobs, by their names, beside what the file says
 * @param cancel of jobs, by their names: what resolves when GitHub is to cancel it, as it does at a job's time limit
 */
export async function runWorkflow(
  branch: BranchBench,
  folder: string,
  event: WorkflowEvent,
  settings: Settings,
  env: Readonly<Record<string, Texts>> = {},
  cancel: Readonly<Record<string, () => Promise<void>>> = {},
): Promise<ReadonlyMap<string, JobRan>> {
  const { on, jobs } = workflow.parse(parse(read('docs/examples/changeover.yml')));
  const declared = z.object({ inputs }).parse(parse(read('action.yml'))).inputs;
  const names = Object.keys(on.workflow_dispatch.inputs);
  const unknown = Object.keys(event.inputs ?? {}).filter((name) => !names.includes(name));
  // GitHub answers 422 to these.
  if (unknown.length > 0) throw new Error(`The workflow has no input ${unknown.join(', ')}.`);
  const given =
    event.name === 'workflow_dispatch'
      ? { ...Object.fromEntries(names.map((name) => [name, ''])), ...event.inputs }
      : {};
  const run = branch.newRun();
  // The token of a job is a login here.
  const github = { event_name: event.name, event: event.payload, token: 'changeover[bot]', run_attempt: '1' };
  const ran = new Map<string, JobRan>();
  const needs: Record<string, { readonly outputs: Texts }> = {};
  for (const [name, job] of Object.entries(jobs)) {
    const of = { github, inputs: given, needs, ...settings };
    if ((job.needs !== undefined && needs[job.needs] === undefined) || !isTrue(job.if, of)) continue;
    const steps: Record<string, { readonly outputs: Texts }> = {};
    const uploaded: string[] = [];
    let ended: (Ended & Pick<JobRan, 'inputs'>) | undefined;
    let cancelled = false;
    for (const { id = '', uses, if: condition, with: asked } of job.steps) {
      const seen = { ...of, steps };
      if (condition !== undefined && !isTrue(condition, seen, cancelled)) continue;
      const values = textsOf(Object.entries(asked).map(([key, text]) => [key, filledIn(text, seen)]));
      if (uses.startsWith('actions/upload-artifact@')) uploaded.push(values['path'] ?? '');
      else if (uses !== OURS) throw new Error(`${uses} is not known here.`);
      else {
        const defaults = textsOf(
          Object.entries(declared).map(([key, input]) => [key, filledIn(input.default ?? '', seen)]),
        );
        // As which login the local GitHub's bot goes.
        const all: Texts = {
          ...defaults,
          login: 'changeover[bot]',
          ...values,
        };
        const output = join(folder, `output-${name}-${String(run)}`);
        writeFileSync(output, '');
        const variables = textsOf(Object.entries(all).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]));
        const own = { ...variables, GITHUB_OUTPUT: output, ...env[name] };
        const running = branch.jobOf(event.name, event.payload, run, own);
        void cancel[name]?.().then(() => {
          cancelled = true;
          running.kill('SIGINT');
        });
        ended = { ...(await running.ended), inputs: all };
        steps[id] = { outputs: outputsIn(readFileSync(output, 'utf8')) };
      }
    }
    if (ended === undefined) throw new Error(`The job ${name} does nothing.`);
    ran.set(name, { ...ended, uploaded });
    if (ended.code !== 0) break;
    const outputs = Object.entries(job.outputs).map(([key, text]) => [key, filledIn(text, { ...of, steps })] as const);
    needs[name] = { outputs: textsOf(outputs) };
  }
  return ran;
}

const textsOf = (entries: readonly (readonly [string, string])[]): Texts => Object.fromEntries(entries);

const outputsIn = (text: string): Texts =>
  Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
