import type { Restart } from '../run/restart.ts';
import type { Condition } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import type { RunState, TaskState } from '../run/types.ts';
import { stepState } from '../run/steps.ts';
import { span } from '../run/time.ts';
import { dryAsk } from './ask-text.ts';
import { shorten } from './clean.ts';
import { expectedTable } from './expected-table.ts';
import type { Detail } from './fit.ts';
import { blocks, code, fence, listed, prose } from './markdown.ts';
import { manyWords } from './many-words.ts';
import { outputBlocks, readOutput } from './output.ts';
import { restartNow, restartWait } from './restart-text.ts';
import { howText } from './undo-list.ts';
import { valuesFor } from './values.ts';
import type { Preview, View } from './view.ts';

/** All that a dry run knows of a step on a host: script and variables, or what would change, or what a check found. */
export function stepBody(state: RunState, step: PlanStep, task: TaskState, view: View, detail: Detail): string {
  return blocks(
    task.undetermined === undefined ? undefined : `**Cannot be known yet:** ${prose(task.undetermined)}.`,
    task.detail === undefined ? undefined : prose(task.detail),
    task.trouble === undefined ? undefined : prose(task.trouble),
    work(state, step, task, view, detail),
    unresolved(task),
    task.skip === undefined ? settings(step, task) : undefined,
    many(state, step, task),
    task.look?.read === undefined ? undefined : outputBlocks(readOutput(task.look.read), detail.output),
    step.undo.kind === 'none' ? undefined : `In a rollback: ${howText(step.undo)}.`,
  );
}

function work(state: RunState, step: PlanStep, task: TaskState, view: View, detail: Detail): string | undefined {
  switch (step.work.kind) {
    case 'say':
      return task.text === undefined ? undefined : blocks('Would say:', fence(shorten(task.text, detail.text)));
    case 'ask':
      return dryAsk(step.work, task, detail);
    case 'check':
      if (step.action === 'call') return calling(state, step, detail);
      return blocks('Must hold:', condition(step.work.holds, detail));
    case 'expect':
      return expectedTable([task], detail);
    case 'wait':
      return blocks(`Waits at most ${span(step.work.atMostMs)} until this holds:`, condition(step.work.until, detail));
    case 'job': {
      if (step.work.restart !== undefined) return restarting(step.work.restart, task, detail);
      const preview = step.noLog === true ? undefined : view.preview?.(step, task);
      if (preview !== undefined)
        return blocks(
          previewText(preview, detail),
          step.action === 'run' ? script(state, step, task, detail) : undefined,
        );
      return step.action === 'run' ? script(state, step, task, detail) : input(step, detail);
    }
  }
}

function restarting(restart: Restart, task: TaskState, detail: Detail): string {
  const { command, until } = restart;
  return blocks(
    fence(shorten(command, detail.text), 'sh'),
    restartWait(restart),
    until === undefined ? undefined : condition(until, detail),
    until === undefined || task.restart === undefined ? undefined : prose(restartNow(task.restart)),
  );
}

/** It only decides, on each host and once, whether the steps that follow are taken. */
const calling = ({ plan }: RunState, { id, when }: PlanStep, detail: Detail): string =>
  blocks(
    `Calls ${code(plan.calls?.[id.replace(/^preflight\//, '')]?.procedure ?? id)}${when === undefined ? '.' : ' where this holds:'}`,
    when === undefined ? undefined : condition(when, detail),
  );

const condition = (holds: Condition, detail: Detail): string =>
  'expr' in holds ? fence(shorten(holds.expr.trim(), detail.text)) : fence(shorten(holds.run.text, detail.text), 'sh');

function previewText(preview: Preview, detail: Detail): string {
  switch (preview.kind) {
    case 'nothing':
      return prose(preview.text);
    case 'text':
      return preview.text.includes('\n') ? fence(shorten(preview.text, detail.text)) : prose(preview.text);
    case 'diff':
      return fence(shorten(preview.text, detail.text), 'diff');
  }
}

/** The procedure's own script and exactly the values that it would get. */
function script(state: RunState, step: PlanStep, task: TaskState, detail: Detail): string | undefined {
  if (step.work.kind !== 'job') return undefined;
  const { apply } = step.work;
  const lines = (step.noLog === true ? [] : valuesFor(state, task, apply.text)).map(
    ([name, value]) => `${name}=${shorten(value, 300)}`,
  );
  return blocks(
    fence(shorten(apply.text, detail.text), apply.shell),
    lines.length === 0 ? undefined : blocks('with these values:', fence(shorten(lines.join('\n'), detail.text))),
    step.secrets === undefined ? undefined : `with the secrets ${listed(step.secrets.map(code))}`,
  );
}

/** Where an action has nothing of its own to show, what the procedure says. */
const input = (step: PlanStep, detail: Detail): string =>
  fence(shorten(`${step.action}: ${JSON.stringify(step.input, null, 2)}`, detail.text), 'yaml');

function unresolved(task: TaskState): string | undefined {
  const fields = task.unresolved ?? [];
  return fields.length === 0 ? undefined : `No value yet: ${fields.map((field) => code(field)).join(', ')}.`;
}

function many(state: RunState, step: PlanStep, task: TaskState): string | undefined {
  const words = manyWords(step, stepState(state, task.step, task.phase));
  if (words.length === 0) return undefined;
  return `It is ${words[0]?.startsWith('tried again') === true ? '' : 'taken '}${prose(words.join('; '))}.`;
}

function settings(step: PlanStep, task: TaskState): string | undefined {
  if (step.work.kind !== 'job') return undefined;
  const words = [
    ...(step.becomeUser === undefined ? [] : [`as ${code(step.becomeUser)}`]),
    ...(task.chdir === undefined ? [] : [`in ${code(task.chdir)}`]),
    `at most ${span(step.timeoutMs)}`,
    ...(step.noLog === true ? ['nothing of what it prints is kept (`no_log`)'] : []),
    ...(step.critical ? ['critical: it cannot be skipped'] : []),
  ];
  return `${words.join(', ')}.`.replace(/^./, (first) => first.toUpperCase());
}
