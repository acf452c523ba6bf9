import type { Need } from '../policy/rights.ts';
import type { DecisionKind, Instant, RunId } from '../run/types.ts';
import { readsAsDryrun } from './dryrun.ts';
import { needOf } from './verbs.ts';

/** What a comment or a command line asks for. Values are text; the procedure's params say what they must be. */
export type Command =
  | {
      readonly kind: 'procedure';
      readonly verb: string;
      readonly system: string;
      /** In the order of the procedure's params. */
      readonly positional: readonly string[];
      readonly named: Readonly<Record<string, string>>;
      readonly environment?: string;
      readonly dryrun: boolean;
      readonly at?: Instant;
    }
  | { readonly kind: 'decision'; readonly decision: DecisionKind; readonly run?: RunId; readonly prompt?: string }
  /** `digest`: as typed; empty where none was. */
  | { readonly kind: 'approve'; readonly digest: string; readonly run?: RunId; readonly prompt?: string }
  | { readonly kind: 'help'; readonly verb?: string; readonly system?: string }
  | { readonly kind: 'procedures' }
  | { readonly kind: 'hosts' }
  | { readonly kind: 'queue' }
  | { readonly kind: 'lock'; readonly name: string; readonly reason: string }
  | { readonly kind: 'unlock'; readonly name: string }
  | { readonly kind: 'cancel'; readonly run: RunId }
  | { readonly kind: 'status'; readonly run?: RunId }
  | { readonly kind: 'logs'; readonly step: string; readonly host?: string; readonly run?: RunId };

export type ProcedureCommand = Extract<Command, { kind: 'procedure' }>;

/** What a command needs of whoever says it. */
export function commandNeed(command: Command): Need {
  switch (command.kind) {
    case 'procedure':
      return needOf('procedure', command.dryrun);
    case 'decision':
      return needOf('decision', false);
    case 'approve':
      return needOf('approve', false);
    case 'lock':
    case 'unlock':
    case 'cancel':
      return needOf('lock', false);
    case 'help':
    case 'procedures':
    case 'hosts':
    case 'queue':
    case 'status':
    case 'logs':
      return needOf('question', false);
  }
}

/**
 * The line to type for a command; what parses it gives the command back. A value with a space and both kinds of quotes
 * has no such line, as no quoting can hold it.
 */
export function printCommand(command: Command): string {
  return `/${wordsOf(command)
    .filter((word) => word !== undefined)
    .join(' ')}`;
}

function wordsOf(command: Command): readonly (string | undefined)[] {
  switch (command.kind) {
    case 'procedure':
      return [
        command.verb,
        command.system,
        ...command.positional.map((value) => quoted(value, isPlainWord(value))),
        ...Object.entries(command.named).map(([name, value]) => printNamed(name, value)),
        command.environment === undefined ? undefined : printNamed('environment', command.environment),
        command.dryrun ? 'dryrun' : undefined,
        command.at === undefined ? undefined : `at ${command.at}`,
      ];
    case 'decision':
      return [command.decision, command.run, command.prompt];
    case 'approve':
      return ['approve', command.digest === '' ? undefined : command.digest, command.run, command.prompt];
    case 'help':
      return ['help', command.verb, command.system];
    case 'procedures':
    case 'hosts':
    case 'queue':
      return [command.kind];
    case 'lock':
      return ['lock', command.name, command.reason];
    case 'unlock':
      return ['unlock', command.name];
    case 'cancel':
      return ['cancel', command.run];
    case 'status':
      return ['status', command.run];
    case 'logs':
      return ['logs', command.step, command.host, command.run];
  }
}

/** `name=value`, quoted where the value needs it. */
const printNamed = (name: string, value: string): string =>
  `${name}=${quoted(value, /^[^\s'"“”„«»‘’‚]+$/u.test(value))}`;

/** A bare word that could be read as nothing but a value. */
const isPlainWord = (value: string): boolean =>
  /^[A-Za-z0-9_./:,+%^][A-Za-z0-9_./:,+%^@-]*$/.test(value) && value !== 'at' && readsAsDryrun(value) === 'no';

function quoted(value: string, plain: boolean): string {
  if (plain) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
