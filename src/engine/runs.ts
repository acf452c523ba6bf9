import type { Accepted } from '../run/accept.ts';
import { waitsForPerson } from '../run/evolve-decision.ts';
import type { Actor, Decision, RunId, RunState } from '../run/types.ts';
import type { Drive, DriveEnd } from './drive.ts';
import { type Damaged, findRun, type Found } from './find-run.ts';
import { pickUp } from './pick-up.ts';
import { TakenUp, type Taking } from './ports.ts';
import { startRun } from './request.ts';
import type { Workshop } from './workshop.ts';

export type Decided =
  | { readonly kind: 'decided'; readonly accepted: Accepted; readonly state: RunState }
  | { readonly kind: 'refused'; readonly why: string };

/** The runs that one process works on, and the way to those that wait in the journal. */
export interface Runs {
  start(request: Parameters<typeof startRun>[1]): Promise<Drive>;
  /**
   * Brings a decision to its run, picking the run up first where it waits.
   * @param taking what the decision came by is taken up before, unless that is refused
   * @throws TakenUp where another process has taken that up
   */
  decide(run: RunId, decision: Decision, by: Actor, comment?: number, taking?: Taking): Promise<Decided>;
  /**
   * Takes up every run that has neither ended nor waits for a person (after a restart), and gives back the hosts of those
   * whose worker died between their end and that.
   * @param which only these, on which nobody works: where other processes may be at work on the others
   */
  pickUpAll(which?: (state: RunState) => boolean | Promise<boolean>): Promise<void>;
  /** Whether the run's last worker has surely died before it gave the run back. */
  isLeft(run: RunId): Promise<boolean>;
  /** The journal's runs, newest first: as states, and those that have none, as they cannot be read. */
  all(): Promise<{ readonly states: readonly RunState[]; readonly damaged: readonly Damaged[] }>;
  /** Those that can be read. */
  states(): Promise<readonly RunState[]>;
  /** Whether another process works on it, or may do so, as far as can be told from here: that one alone can decide it. */
  isElsewhere(run: RunId): Promise<boolean>;
  /** Those that this process works on. */
  atWork(): readonly RunState[];
  /** Whether it works on any. */
  working(): boolean;
  /** Resolves when this process works on none of them. */
  idle(): Promise<void>;
  /** Begins no new step and gives every run back; jobs go on on their hosts. */
  drain(): Promise<void>;
}

/** What is told to whoever has the runs made; the runs' own words do not hold it. */
export interface RunsHeard {
  /** How each of this process's turns at a run ended, whoever began it. */
  readonly ended?: (end: DriveEnd) => void;
  /** A run that should have been taken up was not. */
  readonly refused?: (state: RunState, why: string) => void;
  /** A run that was free was taken up by another process, which was faster. */
  readonly elsewhere?: (state: RunState, why: string) => void;
  /** No other process works on this run: what earlier ones have left unsaid about it is this one's to say. */
  readonly ours?: (state: RunState) => void;
}

/** So many runs that are over are kept in mind, the newest: their states change no more. */
const REMEMBERED = 200;

export function createRuns(workshop: Workshop, { ended, refused, elsewhere, ours }: RunsHeard = {}): Runs {
  let over: ReadonlyMap<RunId, RunState> = new Map();
  const working = new Map<RunId, Drive>();
  const turns = new Map<RunId, Promise<unknown>>();

  /** One after the other for each run: two calls at once would take each other for another worker. */
  function inTurn<T>(run: RunId, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(run) ?? Promise.resolve()).then(work, work);
    turns.set(run, turn);
    const over = (): void => {
      if (turns.get(run) === turn) turns.delete(run);
    };
    turn.then(over, over);
    return turn;
  }

  function keep(drive: Drive): Drive {
    const { run } = drive.state();
    working.set(run, drive);
    void drive.ended.then((end) => {
      if (working.get(run) === drive) working.delete(run);
      ended?.(end);
    });
    return drive;
  }

  async function decide(
    run: RunId,
    decision: Decision,
    by: Actor,
    comment: number | undefined,
    taking: Taking | undefined,
  ): Promise<Decided> {
    let isTaken = taking === undefined;
    const took = (): void => {
      isTaken = true;
      taking?.took();
    };
    const toTake = (): Taking | undefined => (taking === undefined || isTaken ? undefined : { ...taking, took });
    // A drive can end between being found and being asked; then the run waits in the journal and is picked up.
    for (let tries = 0; tries < 3; tries += 1) {
      let drive = working.get(run);
      if (drive === undefined) {
        const picked = await pickUp(workshop, run, false, decision.kind, toTake());
        if (picked.kind === 'refused')
          return picked.held === true ? { ...picked, why: `${picked.why} ${AGAIN}` } : picked;
        if (picked.kind === 'over') return { kind: 'refused', why: overText(picked.state) };
        drive = keep(picked.drive);
      }
      await takeUp(toTake());
      const accepted = await drive.decide(decision, by, comment);
      if (accepted !== 'over') return { kind: 'decided', accepted, state: drive.state() };
      await drive.ended;
    }
    return { kind: 'refused', why: `Run ${run} is changing hands just now. Type the answer again in a moment.` };
  }

  /** One whose claim cannot be read is left to people. */
  const isLeft = (run: RunId): Promise<boolean> => workshop.journal.wasLeft(run).catch(() => false);

  async function takeUp(taking: Taking | undefined): Promise<void> {
    if (taking === undefined) return;
    if (!(await workshop.journal.acceptOnce(taking.key, taking.where))) throw new TakenUp(taking);
    taking.took();
  }

  /** @param free nobody worked on it when it was chosen */
  async function takeOver(state: RunState, free: boolean): Promise<void> {
    const { run } = state;
    if (working.has(run)) return;
    const picked = await pickUp(workshop, run);
    if (picked.kind === 'over' && picked.untidied.length > 0) ended?.({ ...picked, kind: 'finished' });
    if (picked.kind === 'working') ours?.(keep(picked.drive).state());
    if (picked.kind !== 'refused') return;
    // One that was free, another has taken up meanwhile: just as it should be.
    if (picked.held === true && (free || state.stopped !== undefined)) elsewhere?.(state, picked.why);
    else refused?.(state, picked.why);
    if (picked.held !== true) ours?.(state);
  }

  async function all(): ReturnType<Runs['all']> {
    const found = await Promise.all(
      (await workshop.journal.runs()).map(async (run): Promise<Found> => {
        const state = working.get(run)?.state() ?? over.get(run);
        return state === undefined ? findRun(workshop, run) : { kind: 'ok', state };
      }),
    );
    const states = found.flatMap((each) => (each.kind === 'ok' ? [each.state] : []));
    const past = states.filter((state) => state.endedAt !== undefined).slice(0, REMEMBERED);
    over = new Map(past.map((state) => [state.run, state]));
    return { states, damaged: found.filter((each) => each.kind === 'broken') };
  }

  const states = async (): Promise<readonly RunState[]> => (await all()).states;

  return {
    start: async (request) => keep(await startRun(workshop, request)),
    decide: async (run, decision, by, comment, taking) => {
      const isOurs = working.has(run) || turns.has(run);
      // Its turn may come late, and a process that has left the answer to this one must not take it for unheard meanwhile.
      if (isOurs) await takeUp(taking);
      return inTurn(run, () => decide(run, decision, by, comment, isOurs ? undefined : taking));
    },
    all,
    states,
    isElsewhere: async (run) => {
      const isOurs = (): boolean => working.has(run) || turns.has(run);
      return !isOurs() && (await workshop.journal.standing(run)).worked !== 'no' && !isOurs();
    },
    isLeft,
    atWork: () => [...working.values()].map((drive) => drive.state()),
    working: () => working.size > 0,
    pickUpAll: async (which) => {
      const all = await states();
      const wanted = await Promise.all(all.map(async (state) => which?.(state) ?? true));
      const found = all.filter((_, index) => wanted[index] === true);
      const left = await Promise.all(found.map(async ({ endedAt, run }) => endedAt !== undefined && isLeft(run)));
      const open = found.filter((state, index) => (state.endedAt === undefined ? !waitsForPerson(state) : left[index]));
      await Promise.all(open.map((state) => inTurn(state.run, () => takeOver(state, which !== undefined))));
    },
    idle: async () => {
      while (working.size > 0 || turns.size > 0) {
        await Promise.allSettled([...turns.values(), ...[...working.values()].map((drive) => drive.ended)]);
      }
    },
    drain: async () => {
      const drives = [...working.values()];
      for (const drive of drives) drive.stop();
      await Promise.all(drives.map((drive) => drive.ended));
    },
  };
}

const AGAIN = 'This has decided nothing: if the run still waits for such an answer then, type it again.';

function overText(state: RunState): string {
  return `Run ${state.run} has ended: ${state.status}. There is nothing left to decide; \`/status ${state.run}\` tells what it did.`;
}
