import type { Hosts } from '../engine/ports.ts';
import type { PlanHost } from '../plan/types.ts';
import { SshHost } from './host.ts';
import { Link, noLinks } from './link.ts';
import { defaults, type HostsOptions, type Links } from './options.ts';

/** Hosts over SSH; a connection is made when first needed, kept warm, and shared by all who jump through it. */
export function createHosts(options: HostsOptions = {}): Hosts & { links(): Readonly<Links> } {
  const settings = defaults(options);
  const counted = noLinks();
  const links = new Map<string, Link>();
  const hosts = new Map<string, SshHost>();

  function link(host: PlanHost): Link {
    const key = keyOf(host);
    let found = links.get(key);
    if (!found) {
      found = new Link(host, settings, host.via === undefined ? undefined : link(host.via), counted);
      links.set(key, found);
    }
    return found;
  }

  return {
    host(planned) {
      const key = keyOf(planned);
      let found = hosts.get(key);
      if (!found) {
        found = new SshHost(planned, link(planned), settings);
        hosts.set(key, found);
      }
      return found;
    },
    links: () => ({ ...counted }),
    async end() {
      await Promise.all([...hosts.values()].map(async (host) => host.end()));
      await Promise.all([...links.values()].map(async (each) => each.end()));
    },
  };
}

/** Everything that decides where a connection leads and whether it may be made. */
function keyOf(host: PlanHost): string {
  const { name, address, port, user, key, hostKey, via } = host;
  return JSON.stringify([name, address, port, user, key, hostKey, via && keyOf(via)]);
}
