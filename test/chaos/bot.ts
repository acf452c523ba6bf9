import type { AnswerKind } from '../../src/run/types.ts';

/** Whether a run goes on is looked at from outside: on a busy machine a bot that nothing kills may be at work for long. */
export const BOT_MS = 3_600_000;

/** The bot that works on the run, as it is started, killed and answered from outside. */
export interface Bot {
  /** Undefined: none is at work. */
  pid(): number | undefined;
  /** Makes all ready to ask for a run. */
  begin(): Promise<void>;
  /** Kills it, if it is there. */
  kill(): Promise<boolean>;
  /**
   * Sees to it that the run goes on: starts the bot again where it was killed, asks for the run where none is there yet,
   * and brings the answer to the open prompt where `answer` has one. Called again and again.
   */
  tend(answer: Answer | undefined): Promise<void>;
  /** What the bot did that no kill explains; empty where all is well. */
  readonly problems: readonly string[];
  /** The run in the journal, once it is there. */
  run(): string | undefined;
  /** Looks at what is left once the run has ended, and says what is wrong. */
  afterwards(): Promise<readonly string[]>;
  /** What all bots so far have written, with what they were started for. */
  said(): string;
  end(): Promise<void>;
}

export interface Answer {
  readonly prompt: string;
  readonly word: Extract<AnswerKind, 'retry' | 'skip'>;
}
