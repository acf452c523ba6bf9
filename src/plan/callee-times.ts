/** What is wrong with where a procedure is called: what its steps ask of those before and after theirs. */
import { actionNamed } from '../actions/index.ts';
import { referencesOf } from '../language/expressions.ts';
import type { Call, Problem, Procedure, Step } from '../language/types.ts';
import type { Callees } from './callees.ts';

/** Tells of calls by which something would be looked at before it is known. */
export function lintTimes({ steps }: Procedure, callees: Callees): readonly Problem[] {
  const changed = steps.findIndex(mayChange);
  return steps.flatMap((step, index) => {
    const { call } = step;
    const callee = call && callees.get(call.procedure)?.procedure;
    if (call === undefined || callee === undefined) return [];
    const later = new Set(steps.slice(changed < 0 ? steps.length : changed).map(({ id }) => id));
    const late = some(callee, callees, isEarly) ? stepAsked(step, later) : undefined;
    return [
      ...(late === undefined ? [] : [{ place: step.place, message: decidedLate(call, late) }]),
      ...(changed >= 0 && changed < index ? calledLate(call, callee) : []),
    ];
  });
}

const decidedLate = ({ procedure }: Call, asked: string): string =>
  `${asked} is not known before the first change, and ${procedure} has steps with preflight: true, which are looked at ` +
  'then: do not ask for it here, or take preflight out there';

/** A called procedure's steps that are looked at before the first change, and ask for its own that come only after it. */
function calledLate({ place, procedure }: Call, { steps }: Procedure): readonly Problem[] {
  const own = new Set(steps.map(({ id }) => id));
  return steps.filter(isEarly).flatMap((step) => {
    const asked = stepAsked(step, own);
    if (asked === undefined) return [];
    const message =
      `the step ${step.id} of ${procedure} is looked at before the first change, and ${asked} comes after it here: ` +
      'call it before the first step that changes something, or take preflight out there';
    return [{ place, message }];
  });
}

const isEarly = ({ preflight }: Step): boolean => preflight === true;

const mayChange = ({ action, readOnly }: Step): boolean => actionNamed(action)?.changes === true && !readOnly;

/** One of these steps of which a step's condition or table asks, as it is written. */
function stepAsked({ when, input, call }: Step, ids: ReadonlySet<string>): string | undefined {
  const own = call === undefined ? textsIn(input) : [];
  const sources = [...(when === undefined ? [] : [when]), ...own.map((expr) => ({ expr }))];
  const asked = sources.flatMap((source) => referencesOf(source));
  return asked.find((reference) => reference.kind === 'step' && ids.has(reference.id))?.source;
}

/** Every text in which an expression may stand; a message that cannot be made stops nothing. */
function textsIn(input: unknown): readonly string[] {
  if (typeof input === 'string') return [input];
  if (input === null || typeof input !== 'object') return [];
  return Object.entries(input).flatMap(([key, value]) => (key === 'run' || key === 'fail_msg' ? [] : textsIn(value)));
}

/** Whether it is so of one of the steps, those of called procedures among them. */
function some({ steps }: Procedure, callees: Callees, is: (step: Step) => boolean, seen = new Set<string>()): boolean {
  return steps.some((step) => {
    if (is(step)) return true;
    const name = step.call?.procedure;
    const callee = name === undefined || seen.has(name) ? undefined : callees.get(name)?.procedure;
    if (name === undefined || callee === undefined) return false;
    seen.add(name);
    return some(callee, callees, is, seen);
  });
}
