/** Whether a host reaches others by its own SSH trust: looked at in the preflight, since no key passes through us. */
import type { PreflightNeeds } from '../engine/ports.ts';
import { quote } from './quote.ts';
import { userTrouble } from './script-text.ts';

const WAIT_S = 15;
const WITHOUT_RSYNC = 3;

/** Prints `unreached INDEX WORDS` for each host that is not reached, or has no rsync. */
export function reaching({ reaches = [] }: PreflightNeeds, loginUser: string): string {
  return reaches
    .map(({ address, port, user, becomeUser }, index) => {
      const as = becomeUser === undefined || becomeUser === loginUser ? '' : becomeUser;
      if (as !== '' && userTrouble(as) !== undefined) return '';
      const become = as === '' ? '' : `sudo -n -u ${as} -- `;
      const options = `-o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=${String(WAIT_S)} -p ${String(port)}`;
      const asked = quote(`command -v rsync >/dev/null || exit ${String(WITHOUT_RSYNC)}`);
      const ssh = `timeout ${String(WAIT_S * 2)} ${become}ssh ${options} ${quote(`${user}@${address}`)} ${asked}`;
      return (
        `! command -v ssh >/dev/null 2>&1 || e=$(${ssh} </dev/null 2>&1) || ` +
        `{ s=$?; printf 'unreached ${String(index)} %s ' "$s"; printf '%s\\n' "$e" | tail -n 1 | cut -c 1-300; }`
      );
    })
    .join('\n');
}

/** What to do about it. */
export function unreached(rest: string, { reaches = [] }: PreflightNeeds, loginUser: string): string {
  const [index = '', code, ...said] = rest.split(' ');
  const reach = reaches[Number(index)];
  if (reach === undefined) return `it does not reach another host: ${rest}`;
  const { name, address, port, user, becomeUser = loginUser } = reach;
  if (code === String(WITHOUT_RSYNC)) return `missing on ${name}, to which it copies: rsync; install it there`;
  const words = said.join(' ').trim();
  return (
    `as ${becomeUser} it cannot reach ${name} (${user}@${address}, port ${String(port)}) by its own SSH trust` +
    `${words === '' ? '' : ` (${words})`}; put ${becomeUser}'s public key into ${user}'s authorized_keys on ${name}, and ` +
    `${name}'s host key into ${becomeUser}'s known_hosts here`
  );
}
