import type { Workshop } from '../engine/workshop.ts';
import type { Style } from '../thread/terminal-style.ts';
import type { RunEvent } from '../run/types.ts';

/** The options that every command takes, resolved. */
export interface Options {
  readonly procedures: string;
  readonly inventory: string;
  readonly journal: string;
  readonly json: boolean;
  readonly color: boolean;
  readonly yes: boolean;
}

/** What a command works with: the engine's workshop, the options, and where to write. */
export interface Session {
  readonly options: Options;
  readonly workshop: Workshop;
  /** Colours, or none. */
  readonly style: Style;
  /** Whether a person can be asked: both ends are a terminal and `--json` is not set. */
  readonly interactive: boolean;
  /** A line for people on standard output; with `--json` nothing, since only events stand there. */
  say(line: string): void;
  /** An event as a JSON line, with `--json` only. */
  emit(event: RunEvent): void;
  /** A line on standard error. */
  complain(line: string): void;
  /** Asks on the terminal; undefined where input has ended. */
  ask(question: string): Promise<string | undefined>;
  /** Who sits here, for the journal. */
  readonly user: string;
  /** Called when the process is told to stop. */
  onStop(stop: () => void): void;
}
