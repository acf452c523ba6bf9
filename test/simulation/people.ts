import { digestToType } from '../../src/run/approvals.ts';
import { openPrompt } from '../../src/run/evolve-decision.ts';
import type { RunState } from '../../src/run/types.ts';
import type { Person, SimGitHub } from './github.ts';
import type { Reaction } from './history.ts';
import type { Scheduler } from './scheduler.ts';

export const olivia: Person = { id: 7, login: 'olivia', right: 'admin' };
export const william: Person = { id: 8, login: 'william', right: 'write' };

/** Somebody who was asked and whose answer came to nothing says so again. */
const NAG_MS = 20_000;

/** Those who answer when a run asks. */
export class People {
  readonly #scheduler: Scheduler;
  readonly #github: SimGitHub;
  readonly #states: ReadonlyMap<string, RunState>;
  readonly #reactions: Reaction[];
  #nags = 0;
  /** From now on nobody says anything but `/abort`. */
  calm = false;

  constructor(
    scheduler: Scheduler,
    github: SimGitHub,
    states: ReadonlyMap<string, RunState>,
    reactions: readonly Reaction[],
  ) {
    this.#scheduler = scheduler;
    this.#github = github;
    this.#states = states;
    this.#reactions = [...reactions];
  }

  /** A run asks; whoever reads it answers in their time. */
  asked(run: string, prompt: string, answers: readonly string[]): void {
    if (this.calm) return;
    const reaction = this.#reactions.shift();
    if (reaction === undefined) return;
    this.#scheduler.after(reaction.afterMs + 500, 'people', undefined, () => {
      const state = this.#states.get(run);
      if (state === undefined) return;
      const named = { none: '', named: ` ${run} ${prompt}`, wrong: ` ${run} p9` }[reaction.prompt];
      this.#say(state, olivia, fitting(reaction.word, answers), named);
      if (reaction.other !== undefined) this.#say(state, william, reaction.other, ` ${run} ${prompt}`);
    });
  }

  #say(state: RunState, by: Person, word: Reaction['word'], named: string): void {
    const issue = state.where.kind === 'issue' ? state.where.issue : 1;
    const person = word === 'approve' ? william : by;
    this.#github.write(
      person,
      issue,
      word === 'approve' ? `/approve ${digestToType(state)} ${state.run}` : `/${word}${named}`,
    );
  }

  /** Whoever is asked does not let it be: in the end every run is over. */
  nag(): void {
    this.#scheduler.after(NAG_MS, 'people', undefined, () => {
      // So long they may still mean to answer.
      const wait = this.#reactions.length > 0 && !this.calm && this.#nags < 3;
      for (const state of this.#states.values()) {
        // The second time as they are told: what they say may count as older than what it answers.
        const open = this.#nags % 2 === 1 ? openPrompt(state) : undefined;
        const named = open === undefined ? state.run : `${state.run} ${open.id}`;
        if (state.endedAt === undefined && !wait) this.#say(state, olivia, 'abort', ` ${named}`);
      }
      this.#nags += 1;
      this.nag();
    });
  }
}

/** Most people read what they are asked: who would have gone on goes on. */
function fitting(word: Reaction['word'], answers: readonly string[]): Reaction['word'] {
  if (word !== 'retry' && word !== 'continue' && word !== 'approve') return word;
  return (['approve', 'continue', 'retry'] as const).find((each) => answers.includes(each)) ?? word;
}
