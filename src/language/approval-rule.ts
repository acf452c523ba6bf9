/** Whose agreement a run needs, as a procedure says it. */
import * as z from 'zod';
import { fixedText, integer, keys } from './fields.ts';
import { APPROVING, RIGHTS } from './rights.ts';

/** GitHub's rule for the names of people. */
const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}$/;
const MOST = 20;
const WANTED = `a right (${APPROVING.join(', ')}) or a login is wanted here, or a list of them`;

/**
 * `by`: a right, which that right and more fulfil, or logins, or both; `count`: how many people. Without `by` it is the
 * right to run the procedure.
 */
export const approvalRule = () =>
  keys({
    by: z
      .union([approver(), z.array(approver()).min(1, { error: 'the list is empty: name a right or a login' })], {
        error: WANTED,
      })
      .default('write'),
    count: integer(1, MOST).default(1),
  }).check(({ value: { by, count }, issues }) => {
    const names = typeof by === 'string' ? [by] : by;
    const people = new Set(names.map((name) => name.toLowerCase()));
    if (names.some(isRight) || people.size === 0 || people.size >= count) return;
    const message = `${String(count)} people shall approve, and by names only ${String(people.size)}: name more, or a right`;
    issues.push({ code: 'custom', path: ['count'], message, input: count });
  });

/** Whether it is a right rather than a person. */
export const isRight = (name: string): name is (typeof APPROVING)[number] => APPROVING.some((right) => right === name);

/** Whose approval it is, in words. */
export const approverWords = (name: string): string =>
  isRight(name) ? `whoever has the right "${name}"${name === 'admin' ? '' : ' or more'}` : name;

const approver = () =>
  fixedText().superRefine((name, context) => {
    const message = faultOf(name);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

function faultOf(name: string): string | undefined {
  if (isRight(name)) return undefined;
  if (name.includes('/')) {
    return (
      `"${name}" is a team, and Changeover may not look who is in one: it asks for no right to an organisation's ` +
      `members. Name a right (${APPROVING.join(', ')}) or logins`
    );
  }
  if (name.startsWith('@')) return `write the login without @: ${name.slice(1)}`;
  if (RIGHTS.some((right) => right === name)) {
    return `with the right "${name}" nobody may start a run, so it is none to approve one: name one of ${APPROVING.join(', ')}, or logins`;
  }
  return LOGIN.test(name) ? undefined : WANTED;
}
