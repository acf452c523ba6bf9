import fc from 'fast-check';

/** A step of a simulated procedure. */
export interface StepSpec {
  readonly kind: 'run' | 'manual' | 'wait' | 'comment' | 'approve';
  readonly on: readonly string[];
  readonly many: 'once' | 'loop' | 'serial';
  readonly retries: number;
  readonly idempotent: boolean;
  readonly critical: boolean;
  readonly doneWhen: boolean;
  readonly verify: boolean;
  readonly undo: 'run' | 'two' | 'leave' | 'irreversible' | 'manual';
  readonly onFailure: 'prompt' | 'rollback' | 'abort' | 'continue';
  /** Others may have the hosts while somebody is asked. */
  readonly unlock: boolean;
}

export interface ProcedureSpec {
  readonly steps: readonly StepSpec[];
  readonly rollback: boolean;
  readonly always: boolean;
  /** It locks a name beside its hosts. */
  readonly lock: boolean;
}

/** Weights: a value so much likelier than each of the others. */
const mostly = <T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...Array.from({ length: weight }, () => usual), ...others);

const on = mostly<readonly string[]>(['alpha'], 3, ['alpha', 'beta'], ['beta']);

const step: fc.Arbitrary<StepSpec> = fc.record({
  kind: mostly<StepSpec['kind']>('run', 10, 'manual', 'manual', 'wait', 'comment', 'approve', 'approve'),
  on,
  many: mostly<StepSpec['many']>('once', 6, 'loop', 'serial'),
  retries: mostly(0, 4, 1),
  idempotent: mostly(false, 3, true),
  critical: mostly(false, 4, true),
  doneWhen: mostly(false, 2, true),
  verify: mostly(false, 1, true),
  undo: mostly<StepSpec['undo']>('run', 5, 'two', 'leave', 'irreversible', 'manual'),
  onFailure: mostly<StepSpec['onFailure']>('prompt', 5, 'rollback', 'abort', 'continue'),
  unlock: fc.boolean(),
});

const procedures: fc.Arbitrary<ProcedureSpec> = fc.record({
  steps: fc.oneof(
    { weight: 4, arbitrary: fc.array(step, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(step, { minLength: 2, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(step, { minLength: 2, maxLength: 3 }) },
  ),
  rollback: mostly(false, 5, true),
  always: mostly(false, 4, true),
  lock: mostly(false, 4, true),
});

/** So many different ones are played, the simplest first. */
export const poolOf = (seed: number): readonly ProcedureSpec[] =>
  fc.sample(procedures, { seed, numRuns: 400 }).sort((one, other) => textOf(one).length - textOf(other).length);

/** The procedure as its author would write it. */
export function textOf({ steps, rollback, always, lock }: ProcedureSpec): string {
  const hosts = [...new Set(['alpha', ...steps.flatMap((each) => each.on)])];
  return [
    'description: A simulated upgrade',
    `hosts: [${hosts.join(', ')}]`,
    ...(lock ? ['lock: [database]'] : []),
    'steps:',
    ...steps.flatMap((each, index) => stepText(each, `s${String(index)}`)),
    ...(rollback ? ['rollback:', '  - id: back', '    on: [alpha]', '    run: sim do back'] : []),
    ...(always ? ['always:', '  - id: last', '    on: [alpha]', '    run: sim do last'] : []),
    '',
  ].join('\n');
}

function stepText(of: StepSpec, id: string): readonly string[] {
  const hosts = `on: [${of.on.join(', ')}]`;
  switch (of.kind) {
    case 'manual':
      return [
        `- id: ${id}`,
        ...(of.undo === 'manual' ? ['  on_rollback: {manual: Put it right}'] : []),
        `  manual: {instructions: Look at it, unlock: ${String(of.unlock)}}`,
      ].map(indented);
    case 'wait':
      return [`- id: ${id}`, `  ${hosts}`, '  wait_for: {run: sim free now}', '  timeout: 20s', '  delay: 4s'].map(
        indented,
      );
    case 'comment':
      return [`- id: ${id}`, '  comment: So far all went well.'].map(indented);
    case 'approve':
      return [`- id: ${id}`, '  approve: {}'].map(indented);
    case 'run':
      return runText(of, id, hosts).map(indented);
  }
}

const indented = (line: string): string => `  ${line}`;

function runText(of: StepSpec, id: string, hosts: string): readonly string[] {
  const undos = {
    run: [`on_rollback: {run: sim undo ${id}}`],
    two: ['on_rollback:', `  - run: sim undo ${id}`, `  - run: sim undo ${id}again`],
    leave: ['on_rollback: {leave: it does no harm}'],
    irreversible: ['reversible: false'],
    manual: ['on_rollback: {manual: Put it right}'],
  } as const;
  return [
    `- id: ${id}`,
    ...[
      hosts,
      `run: sim do ${id}`,
      'timeout: 30s',
      ...(of.many === 'loop' ? ['loop: [a, b]'] : of.many === 'serial' ? ['serial: 1'] : []),
      ...(of.retries > 0 ? [`retries: ${String(of.retries)}`, 'delay: 1s'] : []),
      ...(of.idempotent ? ['idempotent: true'] : []),
      ...(of.critical ? ['critical: true'] : []),
      ...(of.doneWhen ? [`done_when: {run: sim has ${id}}`] : []),
      ...(of.verify ? [`verify: {run: sim has ${id}}`] : []),
      ...(of.onFailure === 'prompt' ? [] : [`on_failure: ${of.onFailure}`]),
      ...undos[of.undo],
    ].map(indented),
  ];
}

/** The repository's files: the procedure under two names, so that two runs of it can meet. */
export function filesOf(text: string): ReadonlyMap<string, string> {
  return new Map([
    ['procedures/pryv/upgrade.yml', text],
    [
      'inventory.yml',
      'hosts:\n  alpha: {address: alpha.example.org, user: root}\n  beta: {address: beta.example.org, user: root}\n',
    ],
  ]);
}
