/** One step of `explain`'s page, and the way back from it. */
import { shellWord, type ByHand, type Instruction } from '../language/by-hand.ts';
import type { Condition, Step, Value } from '../language/types.ts';
import { undoStep } from '../plan/steps.ts';
import { span } from '../run/time.ts';
import { hostsToTake, howMany, isSeenLater, tryAgain } from './explain-many.ts';
import { blocks, code, fence, plain, prose } from './markdown.ts';

export interface Explaining {
  readonly byHand: (step: Step) => ByHand;
  /** Names of all hosts of the procedure. */
  readonly all: readonly string[];
  /** A text with the values that are known put in. */
  readonly fill: (text: string) => string;
}

export function explainStep(step: Step, number: string, explaining: Explaining): string {
  const must = step.critical ? ' — must not be left out' : '';
  const destroys = step.destructive === true ? ' — destructive' : '';
  return blocks(`### ${title(step, number)}${destroys}${must}`, ...doing(step, explaining));
}

/** How a step is taken back; nothing where it changes nothing. */
export function explainUndo(step: Step, number: string, explaining: Explaining): string | undefined {
  const heading = `### Back from ${title(step, number)}`;
  const own = step.readOnly ? [] : explaining.byHand(step).undo;
  if (!step.reversible) return blocks(heading, '**This cannot be undone.**');
  if (step.onRollback === undefined) {
    return own.length === 0
      ? undefined
      : blocks(heading, where(step, explaining, isSeenLater(step)), ...told(own, explaining));
  }
  if ('leave' in step.onRollback) return blocks(heading, `Nothing is to be done: ${prose(step.onRollback.leave)}.`);
  const several = step.onRollback.steps.length > 1;
  return blocks(
    heading,
    ...step.onRollback.steps.flatMap((undo, at) => [
      `**${several ? `${String(at + 1)}) ` : ''}${plain(undo.name)}**`,
      ...doing(undoStep(step, undo), explaining, undo.on.length === 0 && isSeenLater(step)),
    ]),
  );
}

/** `3. Stop the app (`stop`)`. */
export const title = ({ id, name }: Step, number: string): string =>
  `${number}. ${plain(name)}${name === id ? '' : ` (${code(id)})`}`;

function doing(step: Step, explaining: Explaining, back = false): readonly (string | undefined)[] {
  return [
    where(step, explaining, back),
    ...howMany(step),
    ...asked('Only if this holds:', step.when),
    ...asked('Nothing is to be done where this holds already:', step.doneWhen),
    environment(step.env),
    secrets(step.secrets),
    step.downtime === 'begins' ? '**The downtime begins here**: note the time.' : undefined,
    ...told(explaining.byHand(step).work, explaining),
    ...asked('Afterwards this must hold:', step.verify),
    step.downtime === 'ends'
      ? '**The downtime ends here**, once this is done: note the time, and say how long it was.'
      : undefined,
    step.preflight === true ? 'Look at this before you change anything, too.' : undefined,
    afterFailure(step),
  ];
}

/** On which host, as whom, in which folder, for how long. Said only where it is not what goes without saying. */
function where(step: Step, { all }: Explaining, back: boolean): string | undefined {
  if (OF_PEOPLE.has(step.action) || step.action === 'expect') return undefined;
  const parts = [
    hostsToTake(step, all, back),
    ...(step.becomeUser === undefined ? [] : [`as ${code(step.becomeUser)}`]),
    ...(step.chdir === undefined ? [] : [`in the folder ${code(shellWord(step.chdir))}`]),
    `for at most ${span(step.timeoutMs)}`,
  ];
  return `${parts.join(', ')}${step.readOnly ? '; it changes nothing' : ''}.`;
}

/** They are said or asked, and run nowhere. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['comment', 'manual', 'approve']);

function environment(env: Readonly<Record<string, Value>>): string | undefined {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return lines.length === 0 ? undefined : blocks('Set for this step:', fence(lines.join('\n'), 'sh'));
}

/** Typed without being seen, so that they stand in no history. */
function secrets(names: readonly string[] | undefined): string | undefined {
  if (names === undefined) return undefined;
  const lines = names.map((name) => `read -rs ${name} && export ${name}`);
  return blocks('In bash, give it these secrets without showing them:', fence(lines.join('\n'), 'sh'));
}

const told = (instructions: readonly Instruction[], explaining: Explaining): readonly string[] =>
  instructions.flatMap((each) => tell(each, explaining));

function tell(instruction: Instruction, { fill }: Explaining): readonly string[] {
  if ('holds' in instruction) return asked(instruction.say, instruction.holds);
  if ('say' in instruction) return [instruction.say];
  if ('show' in instruction) return [fence(fill(instruction.show))];
  return [fence(instruction.script, instruction.shell)];
}

/** What must hold, said before. */
export function asked(say: string, condition: Condition | undefined): readonly string[] {
  if (condition === undefined) return [];
  return 'run' in condition
    ? [say, fence(condition.run.text, condition.run.shell)]
    : [`${say} ${code(condition.expr.trim())}`];
}

function afterFailure(step: Step): string | undefined {
  const { onFailure, idempotent } = step;
  const ends = {
    prompt: undefined,
    rollback: 'If it fails, take the way back at once.',
    abort: 'If it fails, stop here and leave everything as it is.',
    continue: 'If it fails, go on all the same.',
  }[onFailure];
  const again = idempotent ? 'It may be done again.' : undefined;
  const words = [again, tryAgain(step), ends].filter((each) => each !== undefined).join(' ');
  return words === '' ? undefined : words;
}
