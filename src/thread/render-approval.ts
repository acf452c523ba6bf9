import { isRight } from '../language/approval-rule.ts';
import { approvalsAt, digestToType, startApprovals } from '../run/approvals.ts';
import { awaitsStart } from '../run/start.ts';
import type { RunState } from '../run/types.ts';
import { agreedLines } from './ask-text.ts';
import { runRests } from './environment-text.ts';
import { commandLine, mention, who } from './format.ts';
import { blocks, code, details, listed, plain, table } from './markdown.ts';
import { isOver } from './marks.ts';

/** That a run waits for people's agreement before it starts; then, who has given it. */
export function renderStartApproval(state: RunState): string {
  const rule = startApprovals(state);
  if (rule === undefined) return '';
  const agreed = agreedLines(state, rule, undefined).map((each) => plain(each, 1_000));
  const about = blocks(...agreed);
  if (!awaitsStart(state)) {
    const by = listed(approvalsAt(state, undefined).map((each) => plain(who(each.by))));
    const title =
      isOver(state) && by === ''
        ? `⏹️ ${code(commandLine(state))} was not approved, and has not started`
        : `✔️ Approved by ${by}`;
    return blocks(`### ${title}`, `Run ${code(state.run)}.`, details('What was asked', about));
  }
  const called = rule.by.filter((name) => !isRight(name)).map((name) => `@${name}`);
  const asker = mention(state.by);
  return blocks(
    `### ✋ ${code(commandLine(state))} waits for an approval before it starts`,
    `${asker === undefined ? '' : `${asker}: `}run ${code(state.run)} has touched no host yet. It waits as long as it takes.`,
    called.length === 0 ? undefined : `${called.join(', ')}: your approval is asked for.`,
    ...agreed,
    ...runRests(state).map((each) => plain(each, 1_000)),
    'Answer with a comment that holds one of these lines:',
    table(
      ['type', 'what it does'],
      [
        [code(`/approve ${digestToType(state)}`), APPROVE],
        [code('/abort'), DROP],
      ],
    ),
    `What it would do is shown by ${code(commandLine(state, 'dryrun'))}. Where several runs of this issue wait, name this one: ${code(`/approve ${digestToType(state)} ${state.run}`)}.`,
  );
}

export const APPROVE =
  'Agrees to the plan as it stands, which these digits name. The run starts once nobody is missing.';
export const DROP = 'Ends the run, which has done nothing.';
