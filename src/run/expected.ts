import type { Wanted } from '../actions/types.ts';
import { referencesOf, resolve } from '../language/expressions.ts';
import type { Json, Value } from '../language/types.ts';
import { type AtHand, contextOf, factsAsked, factTroubles } from './context.ts';
import type { PlanStep } from '../plan/types.ts';
import type { RunState } from './types.ts';
import type { Seen, Verdict } from './verdict.ts';

/** One fact on one host, wanted beside found. */
export interface ExpectedRow {
  readonly fact: string;
  /** Absent: any value is right. */
  readonly wanted?: Json;
  readonly found?: Json;
  readonly verdict: 'agrees' | 'differs' | 'unknown' | 'trouble';
  /** In words, where it is not known or could not be had. */
  readonly why?: string;
}

type Table = Readonly<Record<string, Wanted>>;

/** What a step's table wants on a host. */
export const tableOf = ({ work }: PlanStep, host: string): Table =>
  work.kind === 'expect' ? (work.table[host] ?? {}) : {};

/** All values that a step's table wants, on whichever host. */
export const wantedOf = ({ work }: PlanStep): readonly Value[] =>
  work.kind === 'expect'
    ? Object.values(work.table).flatMap((table) =>
        Object.values(table).flatMap((wanted) => ('any' in wanted ? [] : [wanted])),
      )
    : [];

/** Facts to read before a host's part of a table can be judged. */
export function tableFacts(table: Table, host: string): readonly string[] {
  const asked = Object.values(table).flatMap((wanted) =>
    'any' in wanted ? [] : factsAsked(referencesOf(wanted), host),
  );
  return [...new Set([...Object.keys(table), ...asked])].sort();
}

/** Each fact of a host's part of a table, by what was seen there. */
export function expectedRows(
  state: RunState,
  { call }: Pick<PlanStep, 'call'>,
  at: AtHand,
  table: Table,
  seen: Seen,
): readonly ExpectedRow[] {
  if (seen.unreachable !== undefined) return [];
  return Object.entries(table).map(([fact, wanted]) => {
    const read = seen.facts[fact];
    const found = read !== undefined && 'value' in read ? { found: read.value } : {};
    const asked = 'any' in wanted ? [] : referencesOf(wanted);
    const want = 'any' in wanted ? undefined : resolve(wanted, contextOf(state, call, at, seen.facts, asked));
    if (want !== undefined && want.kind !== 'value') {
      const keys = factsAsked(asked, at.host);
      const troubles = factTroubles(
        Object.fromEntries(Object.entries(seen.facts).filter(([key]) => keys.includes(key))),
      );
      const verdict = want.kind === 'error' || troubles.length > 0 ? 'trouble' : 'unknown';
      return { fact, ...found, verdict, why: [want.why, ...troubles].join('; ') };
    }
    const row = { fact, ...(want === undefined ? {} : { wanted: want.value }), ...found };
    if (read === undefined || 'trouble' in read) {
      return { ...row, verdict: 'trouble', why: read?.trouble ?? 'it was not read' };
    }
    return { ...row, verdict: want === undefined || want.value === read.value ? 'agrees' : 'differs' };
  });
}

/** What the rows together say; everything that is wrong is named. */
export function rowsVerdict(rows: readonly ExpectedRow[], seen: Seen): Verdict {
  if (seen.unreachable !== undefined) return { kind: 'trouble', why: seen.unreachable, unreachable: true };
  const words = (...kinds: readonly ExpectedRow['verdict'][]): readonly string[] =>
    rows.filter(({ verdict }) => kinds.includes(verdict)).map(inWords);
  const differing = words('differs', 'trouble');
  if (differing.length > 0) return { kind: 'not', detail: differing.join('; ') };
  const unknown = words('unknown');
  return unknown.length > 0 ? { kind: 'unknown', why: unknown.join('; ') } : { kind: 'holds' };
}

function inWords({ fact, wanted, found, why }: ExpectedRow): string {
  if (why !== undefined) return `${fact}: ${why}`;
  const kinds = typeof wanted === typeof found ? '' : ` (one is a ${nameOf(wanted)}, the other a ${nameOf(found)})`;
  return `${fact} is ${JSON.stringify(found)}, wanted is ${JSON.stringify(wanted)}${kinds}`;
}

const nameOf = (value: Json | undefined): string => (typeof value === 'string' ? 'text' : typeof value);
