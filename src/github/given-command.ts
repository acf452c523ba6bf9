import { mayDo, rightOf } from '../policy/rights.ts';
import { commandNeed, printCommand } from '../thread/command.ts';
import { code, plain } from '../thread/markdown.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { parseComment } from '../thread/parse-comment.ts';
import type { ActionSettings } from './action-settings.ts';
import type { GitHubApi } from './api.ts';
import type { Author, DispatchEvent, IssueComment, IssueEvent } from './boundary.ts';
import type { Cause } from './cause.ts';
import { replyMarker } from './conversation.ts';
import { isBy } from './is-by.ts';
import { forDispatch, forIssue, sayOnce, type SaidOnce, standInOf, type StandIn } from './stand-in.ts';
import { type Asked, readCommand } from './take-command.ts';

/** What a job was started to do. `refused`: nothing; where the thread has not been told, only the job can say why. */
export type Given =
  | { readonly kind: 'command'; readonly asked: Asked }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly text: string; readonly told: boolean };

type Job = Pick<ActionSettings, 'id' | 'attempt' | 'triggeredBy' | 'url' | 'login'>;

const NOTHING: Given = { kind: 'nothing' };
/** The comment that stands for a command holds all of it in one line. */
const LONGEST = 200;
/** Others could write a comment that stands for an agreement which nobody gave. */
const BY_COMMENT =
  'An agreement has to be a comment, and so has a command of more than 200 characters. Write it in one.';
/** GitHub lets a job be run again for thirty days. */
const LONGEST_AGO_MS = 31 * 86_400_000;

/**
 * The command for which a job was started. What did not come by a comment gets one: Changeover's own, which says who gave
 * the command and how, and stands for it in the record. Whose right is not enough is refused before that; so is whoever
 * runs a job again without the right to give its command. Rejects where GitHub cannot be asked.
 */
export async function givenCommand(api: GitHubApi, cause: Cause, job: Job, now: number): Promise<Given> {
  switch (cause.kind) {
    case 'sweep':
      return NOTHING;
    case 'comment': {
      const asked = readCommand(cause.event);
      if (asked === undefined) return NOTHING;
      const { issue, comment } = cause.event;
      const text = await refusalOf(api, again(job), asked.parsed);
      if (text === undefined) return { kind: 'command', asked };
      const start = replyMarker(comment.id, `again-${String(job.attempt)}`);
      return refuse(api, job, { issue, start, since: comment.createdAt }, text);
    }
    case 'issue':
      return inIssue(api, cause.event, job);
    case 'dispatch':
      return byDispatch(api, cause.event, job, now);
  }
}

/** What the text of a new issue asks for, without a single call; undefined where it asks for nothing. */
export function commandOfIssue({
  issue,
  action,
  senderType,
}: IssueEvent): { readonly parsed: Asked['parsed']; readonly author: Author } | undefined {
  const { author } = issue;
  if (action !== 'opened' || senderType === 'Bot' || author === undefined || author.type === 'Bot') return undefined;
  const parsed = parseComment(issue.body);
  return parsed.kind === 'ignore' ? undefined : { parsed, author };
}

async function inIssue(api: GitHubApi, event: IssueEvent, job: Job): Promise<Given> {
  const { createdAt, number } = event.issue;
  const asked = commandOfIssue(event);
  if (asked === undefined) return NOTHING;
  const { parsed, author } = asked;
  const text =
    (await refusalOf(api, [author.login, ...again(job)], parsed)) ??
    (parsed.kind === 'command' && parsed.command.kind === 'approve' ? BY_COMMENT : await changedText(api, event));
  const place = { issue: number, since: createdAt };
  if (text !== undefined) return refuse(api, job, { ...place, start: replyMarker(number, 'issue') }, text);
  return stand(api, job, { parsed, by: author, standIn: forIssue(number, author.login), givenAt: createdAt, ...place });
}

/** Any writer can edit an issue, and hand it over to another repository. */
async function changedText(api: GitHubApi, { issue }: IssueEvent): Promise<string | undefined> {
  const now = await api.issue(issue.number);
  if (now?.body === issue.body && now.author?.id === issue.author?.id) return undefined;
  return 'Nothing was done: the text of this issue was edited before I came to it. Write the command in a comment.';
}

async function byDispatch(api: GitHubApi, event: DispatchEvent, job: Job, now: number): Promise<Given> {
  const { command, by } = event;
  const parsed = parseComment(command);
  const no = (text: string): Given => ({ kind: 'refused', text: `Nothing was done. ${text}`, told: false });
  if (parsed.kind === 'ignore')
    return no(`${code(command)} is no command. Write it as in a comment: \`/help\` tells how.`);
  if (parsed.kind === 'mistake') return no(mistakeText(parsed.mistake));
  if (!/^(#?\d+)?$/.test(event.issue)) return no('`issue` is the number of an issue, or empty: then one is opened.');
  if (parsed.command.kind === 'approve' || printCommand(parsed.command).length > LONGEST) return no(BY_COMMENT);
  const refusal = await refusalOf(api, [by.login, ...again(job)], parsed);
  if (refusal !== undefined) return no(refusal);
  const since = new Date(now - LONGEST_AGO_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const standIn = forDispatch(job.id, by.login, job.url);
  const issue =
    event.issue === ''
      ? await issueFor(api, job, standIn, printCommand(parsed.command))
      : Number(event.issue.replace('#', ''));
  return stand(api, job, { parsed, by, standIn, issue, since });
}

/** The issue that was opened for a command; opened now where there is none. */
async function issueFor(api: GitHubApi, job: Job, { key, text }: StandIn, title: string): Promise<number> {
  const start = `<!-- changeover:issue-for=${key} -->`;
  const found = (await api.newestIssues()).find((each) => isBy(job, each) && each.body.startsWith(start));
  const body = `${start}\n${text}, and named no issue. This one holds the record of what came of it.`;
  return found?.number ?? api.openIssue(title.slice(0, 200), body);
}

async function stand(
  api: GitHubApi,
  job: Job,
  it: Omit<SaidOnce, 'start' | 'body'> & {
    readonly parsed: Asked['parsed'];
    readonly by: Author;
    readonly standIn: StandIn;
    /** Absent: as far as is known when the comment was written. */
    readonly givenAt?: string;
  },
): Promise<Given> {
  const { issue, since, parsed, by, standIn, givenAt } = it;
  const { owner, repo } = api.place;
  const note = await sayOnce(api, ours(job), { issue, since, ...standInOf(standIn, parsed) });
  const comment = { ...note, author: by, app: undefined, createdAt: givenAt ?? note.createdAt };
  const event = { action: 'created', owner, repo, issue, comment, senderType: by.type, installation: undefined };
  return { kind: 'command', asked: { event, parsed, standIn: { key: standIn.key, comment: note } } };
}

/** Says why not, in a way that lets a later try have its own answer. */
async function refuse(api: GitHubApi, job: Job, place: Omit<SaidOnce, 'body'>, text: string): Promise<Given> {
  await sayOnce(api, ours(job), { ...place, body: `${place.start}\n${text}` });
  return { kind: 'refused', text, told: true };
}

const ours =
  (job: Job) =>
  (comment: IssueComment): boolean =>
    isBy(job, comment);

/** Who has run the job again, whoever gave the command. */
const again = ({ triggeredBy }: Job): readonly string[] => (triggeredBy === undefined ? [] : [triggeredBy]);

/** Why one of these people may not give that command; undefined where each of them may. */
export async function refusalOf(
  api: Pick<GitHubApi, 'permission'>,
  logins: readonly string[],
  parsed: Asked['parsed'],
): Promise<string | undefined> {
  const need = parsed.kind === 'command' ? commandNeed(parsed.command) : 'ask';
  for (const login of new Set(logins)) {
    const permission = await api.permission(login);
    const right = permission === undefined ? 'none' : rightOf(permission.role_name, permission.permission);
    const verdict = mayDo(need, right);
    if (verdict.kind === 'refused') return logins.length > 1 ? `**${plain(login)}**: ${verdict.text}` : verdict.text;
  }
  return undefined;
}
