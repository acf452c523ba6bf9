/** How a step of the procedure can be taken up again where its end was not seen. */
export type StepKind = 'plain' | 'checked' | 'idempotent';

export interface ChaosStep {
  readonly id: string;
  /** The line that it appends to `~/lines`, once. */
  readonly line: string;
  readonly kind: StepKind;
}

const STEPS = 20;
/** Lines of a block, printed in parts with a pause behind each, so that most kills come in the midst of one. */
const PARTS = 6;
const PART_LINES = 40;
const PAUSE_S = '0.03';

const two = (number: number): string => String(number).padStart(2, '0');

/** Every fifth can tell by checks whether it is done, and every seventh may be done twice. */
const kindOf = (number: number): StepKind => (number % 5 === 0 ? 'checked' : number % 7 === 0 ? 'idempotent' : 'plain');

export const chaosSteps: readonly ChaosStep[] = Array.from({ length: STEPS }, (_, index) => {
  const number = index + 1;
  return { id: `step-${two(number)}`, line: two(number), kind: kindOf(number) };
});

export const ALL_LINES = chaosSteps.map(({ line }) => `${line}\n`).join('');

const words = (line: string, number: string): string => `block ${line}, line ${number}: and not a byte of it twice`;

/** What a step prints where it is not stopped. */
export const blockOf = ({ line }: ChaosStep): { readonly out: string; readonly err: string } => ({
  out: Array.from(
    { length: PARTS * PART_LINES },
    (_, index) => `${words(line, String(index + 1).padStart(4, '0'))}\n`,
  ).join(''),
  err: `half of ${line}\n`,
});

function script({ line, kind }: ChaosStep): string {
  const guard = kind === 'idempotent' ? `grep -qx ${line} ~/lines || ` : '';
  const part = (number: number): string =>
    `part ${String((number - 1) * PART_LINES + 1)} ${String(number * PART_LINES)}`;
  const parts = Array.from({ length: PARTS }, (_, index) => part(index + 1));
  return [
    `part() { seq -f '${words(line, '%04.0f')}' "$1" "$2"; sleep ${PAUSE_S}; }`,
    ...parts.slice(0, PARTS / 2),
    `echo 'half of ${line}' >&2`,
    `${guard}echo ${line} >>~/lines`,
    ...parts.slice(PARTS / 2),
  ].join('\n');
}

function yaml(step: ChaosStep): string {
  const check = `{run: grep -qx ${step.line} ~/lines}`;
  return [
    `  - id: ${step.id}`,
    '    run: |',
    ...script(step)
      .split('\n')
      .map((line) => `      ${line}`),
    ...(step.kind === 'checked' ? [`    done_when: ${check}`, `    verify: ${check}`] : []),
    ...(step.kind === 'idempotent' ? ['    idempotent: true'] : []),
    '    on_rollback: {leave: a test}',
    '',
  ].join('\n');
}

/** `procedures/demo/work.yml`: twenty steps on each of these hosts. */
export const procedureText = (hosts: readonly string[]): string =>
  `description: Twenty steps, each with a line and a block\nhosts: [${hosts.join(', ')}]\nsteps:\n${chaosSteps.map(yaml).join('')}`;
