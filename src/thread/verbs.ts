import type { Need } from '../policy/rights.ts';
import type { DecisionKind } from '../run/types.ts';

export type QuestionKind = 'help' | 'procedures' | 'hosts' | 'status' | 'logs' | 'queue';

export type LockVerb = 'lock' | 'unlock' | 'cancel';

interface VerbRow {
  /** As a person types it. */
  readonly usage: string;
  readonly summary: string;
  /** An example worth showing where the usage is not one. */
  readonly example?: string;
}

/** Answers to a prompt, each of which may name a run and a prompt; and what makes a run ask. */
export const DECISIONS: Readonly<Record<DecisionKind, VerbRow>> = {
  retry: { usage: '/retry [run] [prompt]', summary: 'try the failed step again, as a new attempt' },
  skip: { usage: '/skip [run] [prompt]', summary: 'go on without the failed step; recorded as skipped by you' },
  rollback: { usage: '/rollback [run] [prompt]', summary: 'undo what this run did, last step first' },
  abort: { usage: '/abort [run] [prompt]', summary: 'stop the run; nothing is undone' },
  continue: {
    usage: '/continue [run] [prompt]',
    summary: 'say that what is to be done by hand is done, or end a pause, and go on',
  },
  pause: {
    usage: '/pause [run]',
    summary: 'hold a run that is at work before its next step, and ask whether to go on',
  },
};

/** To agree to a run that waits for it, by its plan. */
export const APPROVE = {
  usage: '/approve <digest> [run] [prompt]',
  summary: "agree to another's run, by at least the first eight digits of its plan's digest",
  example: '/approve 3f2a9c1d',
} as const satisfies VerbRow;

export const QUESTIONS: Readonly<Record<QuestionKind, VerbRow>> = {
  help: { usage: '/help [verb] [system]', summary: 'what can be typed', example: '/help upgrade pryv' },
  procedures: { usage: '/procedures', summary: 'the procedures there are' },
  hosts: { usage: '/hosts', summary: 'the hosts there are, and which run holds them' },
  status: { usage: '/status [run]', summary: 'the runs of this issue, or one of them step by step' },
  logs: { usage: '/logs <step> [host] [run]', summary: "a step's output", example: '/logs dump' },
  queue: { usage: '/queue', summary: 'what is locked, by whom, and which runs wait for it' },
};

/** What people may have to themselves, and what they drop of what waits. */
export const LOCKS: Readonly<Record<LockVerb, VerbRow>> = {
  lock: {
    usage: '/lock <what> <reason>',
    summary: 'let no run begin that wants this host, group or name; one that has it goes on',
    example: '/lock pryv-1 the disk is being replaced',
  },
  unlock: { usage: '/unlock <what>', summary: 'take back what somebody has locked so' },
  cancel: { usage: '/cancel <run>', summary: 'drop a run that has not begun' },
};

/** How a procedure is asked for. */
export const PROCEDURE_USAGE = '/<verb> <system> [value…] [name=value…] [environment=<name>] [dryrun]';

/** A verb as the parser, `/help` and the rights see it. Any verb that is not in the tables asks for a procedure. */
export type Verb =
  | { readonly kind: 'decision'; readonly verb: DecisionKind }
  | { readonly kind: 'approve' }
  | { readonly kind: 'question'; readonly verb: QuestionKind }
  | { readonly kind: 'lock'; readonly verb: LockVerb }
  | { readonly kind: 'procedure'; readonly verb: string };

export function verbOf(word: string): Verb {
  if (isKey(DECISIONS, word)) return { kind: 'decision', verb: word };
  if (word === 'approve') return { kind: 'approve' };
  if (isKey(QUESTIONS, word)) return { kind: 'question', verb: word };
  if (isKey(LOCKS, word)) return { kind: 'lock', verb: word };
  return { kind: 'procedure', verb: word };
}

/** The verbs that do something by themselves, for did-you-mean. */
export const OWN_VERBS: readonly string[] = [
  ...Object.keys(DECISIONS),
  'approve',
  ...Object.keys(QUESTIONS),
  ...Object.keys(LOCKS),
];

/** Who may say a verb. A dry run needs less than a run, so that one word decides it for procedures. */
export function needOf(verb: Verb['kind'], dryrun: boolean): Need {
  switch (verb) {
    case 'decision':
      return 'decide';
    case 'approve':
      return 'approve';
    case 'question':
      return 'ask';
    case 'lock':
      return 'lock';
    case 'procedure':
      return dryrun ? 'dryrun' : 'run';
  }
}

const isKey = <K extends string>(table: Readonly<Record<K, unknown>>, word: string): word is K =>
  Object.hasOwn(table, word);
