/** `inventory.yml`: the hosts there are, how to reach them, and groups of them. */
import * as z from 'zod';
import { fixedText, hostName, integer, keys, mapOf, userName } from './fields.ts';
import { fixedAt } from './literals.ts';
import { entriesAt, reading, type Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';
import type { Inventory, InventoryHost, Json, Parsed } from './types.ts';
import { checkVariable } from './variables.ts';
import { readYaml, type Path } from './yaml-file.ts';

const document = keys({ hosts: mapOf(z.unknown()), groups: mapOf(z.unknown()).optional() });

const hostSchema = keys({
  address: fixedText().regex(/^[A-Za-z0-9:][A-Za-z0-9.:%_-]*$/, {
    error: 'an address is a name or an IP address, such as web1.example.org, 192.0.2.10 or 2001:db8::1',
  }),
  port: integer(1, 65_535).default(22),
  user: userName(),
  key: fixedText().min(1, { error: 'write the path of the private key, or leave `key` out for the agent' }).optional(),
  host_key: fixedText()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, {
      error: 'a host key is written SHA256: and 43 characters, as `ssh-keygen -lf` prints it',
    })
    .optional(),
  via: hostName().optional(),
  vars: mapOf(z.unknown()).optional(),
});

const members = z.array(hostName(), { error: 'a list of hosts is wanted here, such as [web1, web2]' });

/** Reads an inventory; all that is wrong is told, with its place. */
export function parseInventory(text: string, file: string): Parsed<Inventory> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  return reading(yaml.value, (given) => {
    given.take(document, []);
    const hosts = Object.fromEntries(
      entriesAt(given.yaml, ['hosts']).flatMap(([name, path]) =>
        readHost(given, name, path).map((host) => [name, host]),
      ),
    );
    const groups = Object.fromEntries(
      entriesAt(given.yaml, ['groups']).map(([name, path]) => [name, readGroup(given, name, path)]),
    );
    checkJumps(given, hosts);
    return { file, hosts, groups };
  });
}

/**
 * The hosts that names of hosts and groups stand for, in their order, each once. Names that the inventory does not have
 * stand for none: `lintProcedure` and the readers here have told of them.
 */
export function expandHosts(inventory: Inventory, names: readonly string[]): readonly string[] {
  const hosts = names.flatMap((name) => {
    if (Object.hasOwn(inventory.hosts, name)) return [name];
    return Object.hasOwn(inventory.groups, name) ? (inventory.groups[name] ?? []) : [];
  });
  return [...new Set(hosts)];
}

function nameAt({ yaml, wrong }: Reading, name: string, path: Path): void {
  const checked = hostName().safeParse(name);
  if (!checked.success) wrong(yaml.keyPlace(path), checked.error.issues[0]?.message ?? 'no such name can be given');
}

function readHost(file: Reading, name: string, path: Path): readonly InventoryHost[] {
  nameAt(file, name, path);
  const vars = Object.fromEntries(
    entriesAt(file.yaml, [...path, 'vars']).map(([key, at]): [string, Json] => [key, readVar(file, key, at)]),
  );
  const read = file.take(hostSchema, path);
  if (read === undefined) return [];
  const { address, port, user, key, host_key: hostKey, via } = read;
  const optional = {
    ...(key === undefined ? {} : { key }),
    ...(hostKey === undefined ? {} : { hostKey }),
    ...(via === undefined ? {} : { via }),
  };
  return [{ name, address, port, user, ...optional, vars }];
}

function readVar(file: Reading, name: string, path: Path): Json {
  checkVariable(file, name, path);
  return fixedAt(file, path);
}

function readGroup(file: Reading, name: string, path: Path): readonly string[] {
  const { yaml, wrong } = file;
  nameAt(file, name, path);
  const hosts = entriesAt(yaml, ['hosts']).map(([host]) => host);
  const groups = entriesAt(yaml, ['groups']).map(([group]) => group);
  if (hosts.includes(name))
    wrong(yaml.keyPlace(path), `a host is called "${name}" already: give the group another name`);
  const listed = file.take(members, path) ?? [];
  for (const [at, host] of listed.entries()) {
    if (hosts.includes(host)) continue;
    const what = groups.includes(host)
      ? `"${host}" is a group, and a group holds hosts only`
      : `there is no host "${host}"`;
    wrong(yaml.place([...path, at]), `${what}${didYouMean(host, hosts)}`);
  }
  return listed;
}

/** Each jump host must be there, and the way must end at one that is reached directly. */
function checkJumps({ yaml, wrong }: Reading, hosts: Readonly<Record<string, InventoryHost>>): void {
  const known = entriesAt(yaml, ['hosts']).map(([name]) => name);
  for (const { name, via } of Object.values(hosts)) {
    const place = yaml.place(['hosts', name, 'via']);
    if (via === undefined) continue;
    if (!known.includes(via)) wrong(place, `there is no host "${via}" to jump through${didYouMean(via, known)}`);
    else if (isCircular(hosts, name)) wrong(place, `the way to "${name}" leads through "${via}" back to itself`);
  }
}

function isCircular(hosts: Readonly<Record<string, InventoryHost>>, name: string): boolean {
  const seen = new Set<string>();
  let next: string | undefined = name;
  while (next !== undefined && Object.hasOwn(hosts, next)) {
    if (seen.has(next)) return next === name;
    seen.add(next);
    next = hosts[next]?.via;
  }
  return false;
}
