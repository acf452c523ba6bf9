import { loadInventory } from '../../engine/load.ts';
import { nearest } from '../../language/suggest.ts';
import { wayTo } from '../../plan/hosts.ts';
import type { PlanHost } from '../../plan/types.ts';
import { placed } from '../problems.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** A key as a host showed it just now. */
export type ShownKey =
  | { readonly kind: 'shown'; readonly fingerprint: string; readonly remember: () => Promise<string> }
  | { readonly kind: 'known'; readonly fingerprint: string }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Fetches hosts' keys; each is remembered in known_hosts once a person has agreed (or with `--yes`). */
export async function trust(
  session: Session,
  names: readonly string[],
  show: (host: PlanHost) => Promise<ShownKey>,
): Promise<ExitCode> {
  const inventory = await loadInventory(session.workshop.source, null);
  if (!inventory.ok) {
    for (const problem of inventory.problems) session.complain(placed(problem, session.options));
    return EXIT.invalid;
  }
  const { hosts } = inventory.value;
  let code: ExitCode = EXIT.ok;
  for (const name of names) {
    const host = hosts[name];
    if (host === undefined) {
      const near = nearest(name, Object.keys(hosts));
      session.complain(`The inventory has no host ${name}.${near === undefined ? '' : ` Did you mean ${near}?`}`);
      code = EXIT.invalid;
      continue;
    }
    const way = wayTo(host, inventory.value);
    if (typeof way === 'string') session.complain(way);
    if (typeof way === 'string' || !(await trustOne(session, way, await show(way)))) code = EXIT.invalid;
  }
  return code;
}

async function trustOne(session: Session, host: PlanHost, shown: ShownKey): Promise<boolean> {
  const where = `${host.name} (${host.address}, port ${String(host.port)})`;
  if (shown.kind === 'unreachable') {
    session.complain(`${where} cannot be asked for its key: ${shown.why}`);
    return false;
  }
  if (shown.kind === 'known') {
    session.say(`${where} is known already: ${shown.fingerprint}`);
    return true;
  }
  session.say(`${where} shows ${shown.fingerprint}`);
  session.say('Compare it with what the host itself says: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  if (!session.options.yes) {
    if (!session.interactive) {
      session.complain('Not remembered: nobody can be asked here. Compare the fingerprint, then add --yes.');
      return false;
    }
    const answer = await session.ask('Is it the same? [y/N] ');
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      session.say('Not remembered.');
      return false;
    }
  }
  session.say(`Remembered in ${await shown.remember()}`);
  return true;
}
