import type { DecisionKind, RunId } from '../run/types.ts';

/** Where several wait or none is meant: a run of the issue, and the prompt it waits at. */
export interface RunChoice {
  readonly run: RunId;
  readonly prompt?: string;
  /** What it is about, e.g. `/upgrade pryv version=1.6`. */
  readonly about: string;
}

/** Each way a comment that looks like a command can be wrong. `mistake-text.ts` turns it into words. */
export type Mistake =
  /** More than one command in a comment: none is run. */
  | { readonly kind: 'several'; readonly lines: readonly string[] }
  /** The line belongs to the quote or list above it, as Markdown sees it. */
  | { readonly kind: 'swallowed'; readonly line: string; readonly by: 'quote' | 'list' }
  /** It stands in what an e-mail quotes without marks, or in its signature. */
  | { readonly kind: 'in_mail'; readonly line: string }
  /** The comment is too long to look for commands in. */
  | { readonly kind: 'too_long'; readonly line: string }
  | { readonly kind: 'capitals'; readonly verb: string }
  /** `/retry.` */
  | { readonly kind: 'punctuation'; readonly verb: string; readonly mark: string }
  /** A character that a reader cannot see or cannot tell from another. `column` counts from 1. */
  | { readonly kind: 'odd_character'; readonly code: string; readonly name: string; readonly column: number }
  /** A character of slash or verb that only looks like the right one. */
  | { readonly kind: 'look_alike'; readonly character: string; readonly code: string; readonly column: number }
  | { readonly kind: 'hidden_text' }
  | { readonly kind: 'smart_quote'; readonly quote: string; readonly column: number }
  | { readonly kind: 'unclosed_quote'; readonly quote: string; readonly column: number }
  | { readonly kind: 'after_quote'; readonly rest: string; readonly column: number }
  | { readonly kind: 'no_verb'; readonly word: string }
  /** Part of the grammar that this version cannot do. */
  | { readonly kind: 'later_word'; readonly word: 'at' }
  | { readonly kind: 'no_system'; readonly verb: string }
  | { readonly kind: 'bad_system'; readonly verb: string; readonly word: string }
  | { readonly kind: 'twice'; readonly name: string }
  | { readonly kind: 'empty'; readonly name: string }
  | { readonly kind: 'word_not_value'; readonly name: 'dryrun' | 'at' }
  | { readonly kind: 'nearly_dryrun'; readonly word: string }
  | { readonly kind: 'option'; readonly word: string }
  | { readonly kind: 'no_time' }
  | { readonly kind: 'bad_time'; readonly word: string }
  | { readonly kind: 'time_without_zone'; readonly word: string }
  | { readonly kind: 'unknown_zone'; readonly word: string; readonly near?: string }
  /** The clocks jump over it. `before` and `after` are the nearest that exist. */
  | { readonly kind: 'time_skipped'; readonly word: string; readonly zone: string; readonly instead: readonly string[] }
  | { readonly kind: 'time_doubled'; readonly word: string; readonly zone: string; readonly instead: readonly string[] }
  | { readonly kind: 'unexpected_word'; readonly usage: string; readonly word: string }
  | { readonly kind: 'no_step' }
  /** Nothing is named that it could be done to. */
  | { readonly kind: 'what_of'; readonly usage: string }
  | { readonly kind: 'no_reason'; readonly name: string }
  | { readonly kind: 'nothing_to_lock'; readonly name: string; readonly known: readonly string[] }
  /** Found once the procedures and the runs of the issue are known. */
  | {
      readonly kind: 'no_procedure';
      readonly verb: string;
      readonly system: string;
      readonly known: readonly { readonly verb: string; readonly system: string }[];
    }
  | { readonly kind: 'no_such_verb'; readonly verb: string; readonly known: readonly string[] }
  | { readonly kind: 'no_run'; readonly run: RunId; readonly known: readonly RunId[] }
  | { readonly kind: 'no_runs_here' }
  | { readonly kind: 'nothing_waits'; readonly decision: DecisionKind | 'approve' }
  | { readonly kind: 'which_run'; readonly typed: string; readonly choices: readonly RunChoice[] }
  | { readonly kind: 'no_such_step'; readonly step: string; readonly known: readonly string[] }
  | { readonly kind: 'no_log'; readonly step: string; readonly host?: string };
