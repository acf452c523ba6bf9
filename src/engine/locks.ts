import { runWords } from '../run/held-words.ts';
import { noteOfRun } from '../run/run-note.ts';
import { planHost } from '../run/steps.ts';
import type { Effect, EventBody, NotedRun, RunState, Waiting } from '../run/types.ts';
import type { Answer, Host, Locked } from './ports.ts';
import { holderOf, isUncertain, noteOf, standingOf } from './standing.ts';
import { type Found, take, type Wanted } from './take.ts';
import type { Workshop } from './workshop.ts';

/** Asks for a host's lock until it is ours or more is known of who has it. */
export async function takeHost(
  workshop: Workshop,
  current: () => RunState,
  name: string,
  signal: AbortSignal,
): Promise<readonly EventBody[]> {
  const planned = planHost(current().plan, name);
  const taken = await take(workshop, current, wantedHost(workshop, current(), name), signal);
  const about = { type: 'observed', for: 'lock', host: planned.name } as const;
  switch (taken.kind) {
    case 'ours':
      return [{ ...about, ...(taken.leftBy === undefined ? {} : { left_by: taken.leftBy }) }];
    case 'trouble':
      return [{ ...about, trouble: taken.why }];
    case 'waits':
      return [{ ...about, ...heldOf(taken.waiting) }];
    case 'called_off':
      return [];
  }
}

function wantedHost(workshop: Workshop, state: RunState, name: string): Wanted {
  const { user, address, port } = planHost(state.plan, name);
  const host = workshop.hosts.host(planHost(state.plan, name));
  return {
    ...{ what: 'host', name, key: `host ${user}@${address}:${String(port)}` },
    ask: async (first) =>
      first
        ? foundOf(await host.lock(state.run, noteOf(state), noteOfRun(state)), 'ours')
        : foundOf(await host.holder(), 'free'),
    giveBack: async (run, head) => (await host.closeRun(run, head)).kind === 'ok',
    living: (run) => livingOn(host, run),
  };
}

function foundOf(answer: Answer<Locked>, otherwise: 'ours' | 'free'): Found {
  if (answer.kind === 'unreachable') return { kind: 'trouble', why: answer.why };
  const { held, by } = answer.value;
  if (held === undefined) return { kind: otherwise };
  return { kind: 'held', held, ...(by === undefined ? {} : { by }) };
}

async function livingOn(host: Host, run: string): Promise<readonly string[] | undefined> {
  const answer = await host.living(run);
  return answer.kind === 'ok' ? answer.value : undefined;
}

/** The same for a name, which lies in the journal. There a run that is over holds nothing. */
export async function takeName(
  workshop: Workshop,
  current: () => RunState,
  name: string,
  signal: AbortSignal,
): Promise<readonly EventBody[]> {
  const { journal } = workshop;
  const { run } = current();
  const asFound = (by: NotedRun | undefined, otherwise: 'ours' | 'free'): Found =>
    by === undefined ? { kind: otherwise } : { kind: 'held', held: runWords(by), by };
  const wanted: Wanted = {
    ...{ what: 'name', name, key: `name ${name}` },
    ask: async (first) =>
      first
        ? asFound(await journal.lockName(name, run, noteOf(current())), 'ours')
        : asFound(await journal.nameHolder(name), 'free'),
  };
  const taken = await take(workshop, current, wanted, signal);
  const about = { type: 'observed', for: 'lock_name', name } as const;
  if (taken.kind === 'ours') return [about];
  return taken.kind === 'waits' ? [{ ...about, ...heldOf(taken.waiting) }] : [];
}

const heldOf = ({ held, holder, ahead }: Waiting): Pick<Waiting, 'held' | 'holder' | 'ahead'> => ({
  held,
  ...(holder === undefined ? {} : { holder }),
  ...(ahead === undefined ? {} : { ahead }),
});

/**
 * Bars the run that holds a host from it, by the word of the person who has just answered. Where that run has turned out
 * to be alive meanwhile, or over, nothing is done to it, and it is waited for as any other.
 */
export async function bar(
  workshop: Workshop,
  state: RunState,
  { host: name, run }: Extract<Effect, { readonly do: 'bar' }>,
): Promise<EventBody> {
  const { waitingFor, prompts } = state;
  const stands = await standingOf(workshop, { run });
  if (!isUncertain(stands.standing)) {
    const held = waitingFor?.held ?? runWords({ run });
    return { type: 'observed', for: 'lock', host: name, held, holder: holderOf({ run }, stands) };
  }
  const by = prompts.at(-1)?.answer?.by;
  const who = by === undefined ? 'somebody' : by.kind === 'github' ? by.login : by.user;
  const answer = await workshop.hosts.host(planHost(state.plan, name)).bar(run, { run: state.run, who });
  const about = { type: 'observed', for: 'bar', host: name, holder: run } as const;
  if (answer.kind === 'unreachable') return { ...about, trouble: answer.why };
  return { ...about, ...(answer.value.length === 0 ? {} : { alive: answer.value }) };
}
