import type { Clock, Conversation, GivenSecrets, Hosts, Journal, Logs, Secrets, Source, Witness } from './ports.ts';

/** All that a worker needs to work on runs: what the rim gives it, and where the repository's files are. */
export interface Workshop {
  readonly hosts: Hosts;
  readonly journal: Journal;
  readonly logs: Logs;
  readonly secrets: Secrets;
  readonly source: Source;
  readonly conversation: Conversation;
  /** Absent where nobody can be heard again: at a terminal. */
  readonly witness?: Witness;
  readonly clock: Clock;
  /** Names this process in the journal: program, machine and process id. */
  readonly worker: string;
}

/** A workshop for one run: with the values of its secrets, as they were when this worker's turn at it began. */
export interface RunWorkshop extends Workshop {
  readonly given: GivenSecrets;
  /** What is in the way of who asked for it; asked once, when the run has come to its start. Absent where none comes. */
  readonly askerTroubles?: () => Promise<readonly string[]>;
}

/** Where procedures and the inventory stand, as the source names them. */
export const PROCEDURES = 'procedures';
export const INVENTORY = 'inventory.yml';
