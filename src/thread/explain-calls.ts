/** The steps of `explain`'s page, and the way back: those of called procedures in the place of the steps that call them. */
import { shellWord } from '../language/by-hand.ts';
import { resolve } from '../language/expressions.ts';
import { expandHosts } from '../language/inventory.ts';
import type { Json, Step } from '../language/types.ts';
import { asked, explainStep, explainUndo, type Explaining, title } from './explain-step.ts';
import { type Explained, filling, hostLines, known, questions, exportsOf } from './explain-values.ts';
import { blocks, code, fence } from './markdown.ts';

/** Where the steps stand on the page: the numbers and the names before theirs. */
interface Above {
  readonly number: string;
  readonly id: string;
}

const TOP: Above = { number: '', id: '' };

/** Each step, in their order. */
export function explainSteps(explained: Explained, above = TOP): readonly string[] {
  const explaining = explainingOf(explained);
  return numbered(explained, above).flatMap(([step, number]) => {
    const callee = calleeOf(explained, step);
    if (callee === undefined) return [explainStep(step, number, explaining)];
    return [calling(step, number, callee), ...explainSteps(callee, inside(step, number))];
  });
}

/** How the steps are taken back, the last first; of those that change something. */
export function explainUndos(explained: Explained, above = TOP): readonly string[] {
  const explaining = explainingOf(explained);
  return numbered(explained, above)
    .toReversed()
    .flatMap(([step, number]) => {
      const callee = calleeOf(explained, step);
      if (callee === undefined) return explainUndo(step, number, explaining) ?? [];
      const { rollback = [] } = callee.procedure;
      const after = explainSteps({ ...callee, steps: rollback }, { number: 'Then ', id: `${step.id}/` });
      const undos = [...explainUndos(callee, inside(step, number)), ...after];
      return undos.length === 0 ? [] : [back(step, number, callee), ...undos];
    });
}

const explainingOf = (explained: Explained): Explaining => ({
  byHand: explained.byHand,
  all: explained.hosts,
  fill: filling(explained),
});

const numbered = ({ procedure, steps }: Explained, above: Above): readonly (readonly [Step, string])[] =>
  (steps ?? procedure.steps).map((step, at) => [named(step, above), `${above.number}${String(at + 1)}`]);

/** With the name by which the thread knows it. */
function named(step: Step, { id: before }: Above): Step {
  const id = `${before}${step.id}`;
  return { ...step, id, name: step.name === step.id ? id : step.name };
}

const inside = (step: Step, number: string): Above => ({ number: `${number}.`, id: `${step.id}/` });

/** The called procedure with what the step gives it, as far as that is known. */
function calleeOf(explained: Explained, { call }: Step): Explained | undefined {
  const procedure = call && explained.callees?.get(call.procedure)?.procedure;
  if (call === undefined || procedure === undefined) return undefined;
  const context = known(explained);
  const params = call.with.flatMap(({ name, value }): readonly (readonly [string, Json])[] => {
    const made = resolve(value, context);
    return made.kind === 'value' ? [[name, made.value]] : [];
  });
  const hosts = expandHosts(explained.inventory, procedure.hosts).filter((host) => explained.hosts.includes(host));
  return { ...explained, procedure, steps: procedure.steps, hosts, params: Object.fromEntries(params) };
}

function calling(step: Step, number: string, callee: Explained): string {
  const { procedure } = callee;
  return blocks(
    `### ${title(step, number)}`,
    `These are the steps of ${code(procedure.file)}: ${procedure.description}.`,
    ...asked('Only on the hosts where this holds now:', step.when),
    shell(step, callee),
    questions('In these steps you will be asked to look up:', Object.values(procedure.facts)),
  );
}

/** They know no values but these, of which a host's own are the last word. */
function shell(step: Step, callee: Explained): string | undefined {
  const { procedure } = callee;
  const own = hostLines(callee);
  const lines = [
    ...procedure.params.flatMap(({ name, default: usual }) => {
      const given = step.call?.with.find((each) => each.name === name)?.value;
      const value = given ?? (usual === undefined ? undefined : { lit: usual });
      return value === undefined ? [] : [`export ${name}=${shellWord(value)}`];
    }),
    ...exportsOf(procedure.vars),
  ];
  if (lines.length === 0) return undefined;
  return blocks(
    'Start another shell within yours for these steps alone, set this there, and leave it after the last of them:',
    fence(lines.join('\n'), 'sh'),
    own.length === 0 ? undefined : blocks('And then, on these hosts:', ...own),
  );
}

const back = (step: Step, number: string, callee: Explained): string =>
  blocks(
    `### Back from ${title(step, number)}`,
    `Only on the hosts where you have taken these steps${
      shell(step, callee) === undefined ? '' : `, in a shell with the values of step ${number}`
    }.`,
  );
