import fc from 'fast-check';
import type { Fate } from './kit-folder.ts';
import type { ProcedureSpec } from './procedures.ts';

/** What people type when they are asked, one after the other. */
export interface Reaction {
  readonly word: 'retry' | 'skip' | 'rollback' | 'abort' | 'continue' | 'approve';
  /** So long after they were asked. */
  readonly afterMs: number;
  readonly prompt: 'none' | 'named' | 'wrong';
  /** A second person answers at the same time. */
  readonly other?: 'retry' | 'skip' | 'rollback' | 'abort' | 'continue';
}

/** What becomes of the event that tells of a comment. */
export type Delivery = 'once' | 'twice' | 'late' | 'lost';

export type Trouble =
  /** The process at hand is killed; another is started in its place, so much later. */
  | { readonly do: 'crash'; readonly lateMs: number | undefined; readonly awayMs: number }
  /** It stands still for so long, is taken for dead, and another takes its runs over. */
  | { readonly do: 'stall'; readonly seconds: number; readonly robbed: boolean }
  /** A second process works beside it. */
  | { readonly do: 'second' }
  /** The service manager stops it: it drains, and another is started. */
  | { readonly do: 'drain' }
  | { readonly do: 'drop'; readonly host: string; readonly lateMs: number | undefined }
  | { readonly do: 'silence'; readonly host: string; readonly seconds: number }
  | { readonly do: 'reboot'; readonly host: string; readonly seconds: number }
  | { readonly do: 'github'; readonly mood: 'down' | 'mute' | 'limits'; readonly seconds: number }
  | { readonly do: 'delete'; readonly nth: number }
  | { readonly do: 'clock'; readonly minutes: number }
  | { readonly do: 'say'; readonly word: Exclude<Reaction['word'], 'approve'> | 'pause' };

/** When: before that atom, or before the nth of a name. */
export type When = { readonly atom: number } | { readonly point: string; readonly nth: number };

export interface History {
  readonly procedure: ProcedureSpec;
  readonly dryrun: boolean;
  /** A second run of the same, from another issue, so long after the first. */
  readonly secondAfterMs: number | undefined;
  /** So many work from the beginning, each of which hears of its share of the comments. */
  readonly servers: 1 | 2;
  /** Somebody locks a host, and unlocks it again so much later. */
  readonly byHand: { readonly host: string; readonly afterMs: number; readonly forMs: number } | undefined;
  readonly reactions: readonly Reaction[];
  readonly deliveries: readonly Delivery[];
  readonly fates: readonly Fate[];
  readonly troubles: readonly { readonly when: When; readonly trouble: Trouble }[];
  /** Whether the thread is told in whole or in short words, which takes less time. */
  readonly words: 'whole' | 'short';
  /** How messages overtake each other; 0: they do not. */
  readonly jitter: number;
}

const host = fc.constantFrom('alpha', 'beta');
/**
 * What was on its way is lost, arrives as ever, just when a successor takes over (so long after its predecessor's death as a
 * restart and a look at the record take), or when nobody thinks of it any more.
 */
const lateMs = fc.constantFrom(undefined, 0, 0, 2_040, 2_060, 2_085, 2_095, 30_000);
const seconds = fc.constantFrom(1, 5, 20, 90, 300);

/** A service manager starts what has died anew after so long. */
export const AWAY_MS = 2_000;

const crash: fc.Arbitrary<Trouble> = fc.record({
  do: fc.constant('crash' as const),
  lateMs,
  awayMs: fc.constant(AWAY_MS),
});

/** It stays away for so long that whoever waits for what its run has asks a person what is to become of that. */
const absence: fc.Arbitrary<Trouble> = fc.record({
  do: fc.constant('crash' as const),
  lateMs,
  awayMs: fc.constantFrom(15_000, 18_000, 18_000, 30_000),
});

/** The host goes down under a job, or is not heard of for so long that the job's end is not seen. */
const gone: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ do: fc.constant('reboot' as const), host: fc.constant('alpha'), seconds: fc.constantFrom(1, 5) }),
  fc.record({ do: fc.constant('silence' as const), host: fc.constant('alpha'), seconds: fc.constantFrom(90, 300) }),
);

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 8, arbitrary: crash },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stall' as const), seconds, robbed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'second' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'drain' } as const) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('drop' as const), host, lateMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('silence' as const), host, seconds }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reboot' as const), host, seconds }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('github' as const),
      mood: fc.constantFrom('down' as const, 'mute' as const, 'limits' as const),
      seconds,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), nth: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), minutes: fc.constantFrom(-90, -2, 2, 90) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      word: fc.constantFrom(
        'retry' as const,
        'skip' as const,
        'rollback' as const,
        'abort' as const,
        'continue' as const,
        'pause' as const,
        'pause' as const,
      ),
    }),
  },
);

const handLock = fc.record({
  host,
  afterMs: fc.constantFrom(0, 0, 40, 3_000),
  forMs: fc.constantFrom(500, 4_000, 4_000, 15_000),
});

const reaction: fc.Arbitrary<Reaction> = fc
  .record({
    word: fc.constantFrom('retry', 'skip', 'rollback', 'continue', 'abort', 'approve', 'retry', 'continue'),
    afterMs: fc.constantFrom(3_000, 0, 60_000),
    prompt: fc.constantFrom('none', 'none', 'named', 'wrong'),
    other: fc.constantFrom(undefined, undefined, undefined, 'retry', 'skip', 'rollback', 'continue', 'abort'),
  })
  .map(({ other, ...rest }) => (other === undefined ? rest : { ...rest, other }) as Reaction);

const fate: fc.Arbitrary<Fate> = fc.record({
  how: fc.constantFrom('done', 'done', 'done', 'fails', 'fails_after', 'times_out', 'unverified'),
  ms: fc.constantFrom(5, 5, 300, 4_000, 25_000),
});

/** While a job is under way most is at stake. */
const TENDER = [
  'co_job arrives',
  'a job claims',
  'a job looks again',
  'a job works',
  'a job ends',
  'co_job is answered',
];

/** Few histories come to these, so they are aimed at more often. */
const SELDOM =
  /^(run_approved|worker_stopped|job_settled|step_skipped|rollback_started|always_started|lock name|co_settle|co_kill|co_unlock|a job is killed)( |$)/;

/** What comes of a host that is held by a run which nobody works on. */
const HELD = [
  ...['co_living arrives', 'co_living is answered', 'co_bar arrives', 'a bar marks', 'a bar looks again'],
  'co_bar is answered',
];

/** What comes of one that a person has locked, and two runs want. */
const LOCKED = ['hand lock is written', 'hand lock is known', 'co_look arrives', 'co_look is answered'];

/** What comes of a job whose end nobody saw. */
const UNSEEN = [
  ...['co_settle arrives', 'co_settle is answered', 'job_settled is written', 'job_settled is known'],
  'a lost link is noticed',
];

/** @param points names of atoms before which something may go wrong */
export const histories = (points: readonly string[], pool: readonly ProcedureSpec[]): fc.Arbitrary<History> => {
  const nth = fc.constantFrom(0, 0, 0, 1, 2);
  const seldom = points.filter((point) => SELDOM.test(point));
  const atom = fc.record({ atom: fc.nat(150) });
  const moment = fc.record({ point: fc.constantFrom(...points, ...seldom, ...seldom, ...seldom), nth });
  const tender = fc.record({ point: fc.constantFrom(...TENDER), nth });
  const troubles = fc.oneof(
    { weight: 4, arbitrary: fc.record({ when: atom, trouble }) },
    { weight: 5, arbitrary: fc.record({ when: moment, trouble: crash }) },
    { weight: 3, arbitrary: fc.record({ when: tender, trouble }) },
  );
  /** Troubles as ever, but most of them at these points. */
  const aimed = (at: readonly string[]) =>
    fc.oneof(
      {
        weight: 2,
        arbitrary: fc.record({
          when: fc.record({ point: fc.constantFrom(...at), nth }),
          trouble: fc.oneof(crash, trouble),
        }),
      },
      { weight: 1, arbitrary: troubles },
    );
  const usual = {
    procedure: fc.constantFrom(...pool),
    dryrun: fc.nat(19).map((n) => n === 19),
    secondAfterMs: fc.constantFrom(...Array.from({ length: 11 }, () => undefined), 40, 3_000),
    servers: fc.constant(1 as const),
    byHand: fc.constant<History['byHand']>(undefined),
    reactions: fc.array(reaction, { maxLength: 3 }),
    deliveries: fc.array(fc.constantFrom('once', 'once', 'once', 'twice', 'late', 'lost'), { maxLength: 3 }),
    fates: fc.array(fate, { maxLength: 4 }),
    troubles: fc.array(troubles, { maxLength: 4 }),
    words: fc.constantFrom(...Array.from({ length: 11 }, () => 'short' as const), 'whole'),
    jitter: fc.oneof(fc.constant(0), fc.nat()),
  };
  const said = fc.record({
    word: fc.constantFrom('continue' as const, 'continue' as const, 'retry' as const, 'abort' as const),
    afterMs: fc.constantFrom(0, 0, 3_000, 3_600),
    prompt: fc.constant('none' as const),
  });
  const absent = fc.record({ when: tender, trouble: absence });
  const atWork = fc.constantFrom(...pool.filter(({ steps: [first] }) => first?.kind === 'run'));
  // Two runs that want the same, each at a server of its own, of which one goes away.
  const beside = {
    ...usual,
    ...{
      procedure: atWork,
      dryrun: fc.constant(false),
      servers: fc.constant(2 as const),
      secondAfterMs: fc.constantFrom(40, 500),
    },
    reactions: fc.tuple(said, fc.array(reaction, { maxLength: 3 })).map(([first, others]) => [first, ...others]),
    deliveries: fc.constant([]),
    troubles: fc.tuple(absent, fc.array(aimed(HELD), { maxLength: 2 })).map(([first, others]) => [first, ...others]),
  };
  const locked = {
    ...{ ...usual, byHand: handLock, secondAfterMs: fc.constantFrom(undefined, 40, 500) },
    troubles: fc.array(aimed(LOCKED), { maxLength: 3 }),
  };
  const unseen = {
    ...{ ...usual, procedure: atWork },
    troubles: fc
      .tuple(fc.record({ when: tender, trouble: gone }), fc.array(aimed(UNSEEN), { minLength: 1, maxLength: 2 }))
      .map(([first, others]) => [first, ...others]),
  };
  return fc.oneof(
    { weight: 45, arbitrary: fc.record(usual) },
    { weight: 2, arbitrary: fc.record(beside) },
    { weight: 1, arbitrary: fc.record(locked) },
    { weight: 2, arbitrary: fc.record(unseen) },
  );
};
