import type { NamedHost } from '../actions/types.ts';
import type { Script } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { scriptOf } from './opening.ts';
import { planSteps } from './steps.ts';
import type { HostReport, RunId, RunState, Trouble } from './types.ts';

/** What a host must have for the run, for its preflight. */
export interface Needs {
  readonly run: RunId;
  readonly programs: readonly string[];
  readonly becomeUsers: readonly string[];
  readonly scripts: readonly { readonly name: string; readonly script: Script }[];
  /** Other hosts that its scripts reach by its own SSH trust, and as which of its users. */
  readonly reaches?: readonly Reach[];
}

export interface Reach extends NamedHost {
  readonly becomeUser?: string;
}

/** All that the plan's steps, and what undoes them, will need on the host. */
export function preflightNeeds(state: RunState, host: string): Needs {
  const { plan } = state;
  const steps = planSteps(plan)
    .flatMap((step) => [step, ...(step.undo.kind === 'steps' ? step.undo.steps : [])])
    .filter((step) => step.hosts.includes(host));
  const called = Object.entries(plan.calls ?? {})
    .filter(([, { vars }]) => host in vars)
    .flatMap(([call, { facts }]) => Object.values(facts).map((fact) => ({ ...fact, name: `${call}/${fact.name}` })));
  const facts = [...Object.values(plan.facts), ...called].map(({ name, script }) => ({ name: `fact ${name}`, script }));
  const reaches = reachesOf(steps);
  return {
    run: state.run,
    programs: unique(steps.flatMap((step) => (step.work.kind === 'job' ? step.work.needs : []))),
    becomeUsers: unique(steps.flatMap((step) => step.becomeUser ?? [])),
    scripts: [...facts, ...steps.flatMap(scriptsOf)],
    ...(reaches.length === 0 ? {} : { reaches }),
  };
}

/** Each way once. */
function reachesOf(steps: readonly PlanStep[]): readonly Reach[] {
  const all = steps.flatMap(({ work, becomeUser }): readonly Reach[] => {
    const target = work.kind === 'job' ? work.reaches : undefined;
    if (target === undefined) return [];
    const { name, address, port, user } = target;
    return [{ name, address, port, user, ...(becomeUser === undefined ? {} : { becomeUser }) }];
  });
  return [...new Map(all.map((reach) => [JSON.stringify(reach), reach])).values()];
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

function scriptsOf(step: PlanStep): Needs['scripts'] {
  const { work } = step;
  const named = (name: string, script: Script | undefined): Needs['scripts'] =>
    script === undefined ? [] : [{ name: `step ${step.id}${name}`, script }];
  const when = named(', when', scriptOf(step.when));
  switch (work.kind) {
    case 'job':
      return [
        ...when,
        ...named(', done_when', work.probe),
        ...named(', keeping what was before', work.keep),
        ...named('', work.apply),
        ...named(', verify', work.verify),
        ...named(', undo', work.undo),
        ...named(', until', scriptOf(work.restart?.until)),
      ];
    case 'check':
      return [...when, ...named('', scriptOf(work.holds))];
    case 'wait':
      return [...when, ...named('', scriptOf(work.until))];
    case 'expect':
    case 'say':
    case 'ask':
      return when;
  }
}

/** Every trouble that the preflight found, `host: trouble`, and what only shows when hosts are seen together. */
export function preflightTroubles(state: RunState): readonly Trouble[] {
  const reports = Object.entries(state.hosts).sort(([a], [b]) => (a < b ? -1 : 1));
  const own = reports.flatMap(([host, report]) => report.troubles.map((trouble) => onHost(host, trouble)));
  const asked = unique(reports.flatMap(([, report]) => report.asked ?? []));
  const secrets = unique(reports.flatMap(([, report]) => report.secrets ?? []));
  return [...asked, ...secrets, ...own, ...sameMachine(reports)];
}

/** A trouble with the name of its host before it, unless it begins with that itself. */
export const onHost = (host: string, trouble: Trouble): Trouble =>
  trouble.startsWith(`${host} `) || trouble.startsWith(`${host}: `) ? trouble : `${host}: ${trouble}`;

/** Two names of one machine would be taken for two hosts: its lock, its job folders and its users would be mixed up. */
function sameMachine(reports: readonly (readonly [string, HostReport])[]): readonly Trouble[] {
  return reports.flatMap(([host, report], index) => {
    const { machine_id: id, login_user: user } = report;
    const machine = machineOf(report);
    const other = reports.slice(0, index).find(([, before]) => machineOf(before) === machine);
    if (machine === undefined || other === undefined) return [];
    const known = id === undefined ? 'by its boot, as it has no machine id' : `machine id ${id}`;
    const [name, { login_user: otherUser }] = other;
    const users = user === otherUser ? '' : `, logged in to as ${otherUser ?? '?'} and as ${user ?? '?'}`;
    return [`${host}: it is the same machine as ${name}${users} (${known}); keep one of the two in the inventory`];
  });
}

const machineOf = (report: HostReport): string | undefined => report.machine_id ?? report.instance;

/** The host answered in the preflight. */
export function answered(state: RunState, host: string): boolean {
  const { machine_id, instance, boot_id, login_user } = state.hosts[host] ?? {};
  return (machine_id ?? instance ?? boot_id ?? login_user) !== undefined;
}

/** Every host has been looked at. */
export const preflightDone = (state: RunState): boolean =>
  state.plan.hosts.every((host) => state.hosts[host.name] !== undefined);
