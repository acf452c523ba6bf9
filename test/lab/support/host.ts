import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../../../src/playground/local-hosts/snapshot.ts';
import type { CommandOptions, Done } from './command.ts';
import { IMAGE, type House } from './house.ts';
import { USER } from './image.ts';
import { type Key, makeKey } from './keys.ts';

/** A real host: systemd as process 1, one address, sshd, sudo, rsync, Redis. */
export interface LabHost {
  readonly name: string;
  /** Its own address; a restart leaves it this one alone. */
  readonly address: string;
  /** Its line for `known_hosts`. */
  readonly knownHost: string;
  /** Its entry in an inventory. */
  entry(changes?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Runs a script there as root, with `sh -eu`; `$1` … are the words. */
  run(script: string, words?: readonly string[], options?: CommandOptions): Promise<Done>;
  /** The same where it must exit with 0; gives its standard output. */
  must(script: string, words?: readonly string[], options?: CommandOptions): Promise<string>;
  /** Waits until a script exits with 0, for at most a minute. */
  until(script: string, words?: readonly string[]): Promise<void>;
  /** Content of a file, or '' where there is none. */
  read(path: string): Promise<string>;
  /** Writes a file of root's, with the folders on its way; `mode` as for chmod. */
  write(path: string, content: string | Buffer, mode?: string): Promise<void>;
  /** The same for several at once, which all get the mode. */
  writeAll(files: Readonly<Record<string, string>>, mode?: string): Promise<void>;
  /** All at and below these paths: type, mode, owner, link's target or content's digest. For `differences`. */
  snapshot(...paths: readonly string[]): Promise<Snapshot>;
  /** When its process 1 began: another word after each restart. */
  started(): Promise<string>;
  /** Restarts it as `systemctl reboot` does, and waits until it is up again. */
  reboot(): Promise<void>;
  /** Waits until it has restarted since `started` gave this. */
  restarted(before: string): Promise<void>;
  /** Pulls its cable out, or plugs it in again; what is sent meanwhile is lost. */
  cable(state: 'in' | 'out'): Promise<void>;
}

/** When a process began; `$1` is its id. */
const BEGAN = `sed 's/^.*) //' "/proc/$1/stat" | cut -d ' ' -f 20`;
/** Waits until the process `$1`, which began at `$2`, is gone. */
const GONE = `while [ "$(${BEGAN})" = "$2" ]; do sleep 0.1; done 2>/dev/null`;
const UP = 'systemctl is-active --quiet multi-user.target ssh.service';

/** Starts a host and waits until it is up. */
export async function startHost(house: House, name: string, user: Key & { readonly file: string }): Promise<LabHost> {
  const address = house.freshAddress();
  const own = join(house.folder, 'hosts', name);
  await mkdir(own, { recursive: true });
  const { publicKey, sha256 } = await makeKey(join(own, 'host_key'));
  await writeFile(join(own, 'authorized_keys'), `${user.publicKey}\n`);
  await writeFile(join(own, 'network'), `address=${address}/27\ngateway=${house.gateway}\n`);
  await house.must(['sh', '-euc', CABLE, 'sh', name]);
  await house.podman(
    ...['run', '--detach', '--name', name, '--hostname', name, `--network=ns:/run/netns/${name}`],
    ...['--dns=none', `--add-host=${name}:${address}`],
    ...['--cap-add=NET_ADMIN,SYS_ADMIN', '--systemd=always', '--restart=always', '--log-driver=none'],
    ...[`--cgroup-parent=${house.cgroup}`, `--volume=${own}:/etc/lab:ro`, IMAGE, '/sbin/init'],
  );
  const host = hostOf(house, name);
  await host.until(UP);
  const entry = { address, user: USER, key: user.file, host_key: sha256 };
  return {
    ...host,
    address,
    knownHost: `${address} ${publicKey}`,
    entry: (changes = {}) => ({ ...entry, ...changes }),
  };
}

/** A network of its own, with a cable to the bridge. */
const CABLE = `
ip netns add "$1"
ip link add "to-$1" type veth peer name eth0 netns "$1"
ip link set "to-$1" master lab0 up
`;

type Inside = Omit<LabHost, 'address' | 'knownHost' | 'entry'>;

/** Root's environment, and nothing of whoever runs the tests. */
const PLAIN = ['env', '-i', 'HOME=/root', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/**
 * Enters a host. Not as nsenter would by itself: a host that shuts down stops all its processes before it kills them, an
 * nsenter whose child is stopped stops too, and then nobody is left who takes the child's end, so that the host would
 * wait for it for ever. Without a fork a shell is the parent instead, and waits for the end alone.
 */
const ENTER = ['nsenter', '--all', '--no-fork'];
const CHILD = ['sh', '-c', '"$@"; exit', 'sh'];
/** The namespaces are gone, or with their process 1 have no place for another process. */
const NOT_ENTERED = /^(?:nsenter: |sh: \d+: Cannot fork)/;

function hostOf(house: House, name: string): Inside {
  /** Its process 1 as the house sees it. By its namespaces one is inside in a twentieth of the time that `podman exec` takes. */
  let process1: string | undefined;
  const found = async (): Promise<string> => (await house.podman('inspect', '--format', '{{.State.Pid}}', name)).trim();
  const run: Inside['run'] = async (script, words = [], options = {}) => {
    const enter = async (init: string): Promise<Done> =>
      house.run([...ENTER, `--target=${init}`, ...PLAIN, ...CHILD, 'sh', '-euc', script, 'sh', ...words], options);
    const was = (process1 ??= await found());
    const done = await enter(was);
    if (done.code === 0 || !NOT_ENTERED.test(done.err)) return done;
    // It has restarted since, so nothing was run yet.
    process1 = await found();
    return process1 === was ? done : enter(process1);
  };
  const must: Inside['must'] = async (script, words = [], options = {}) => {
    const { code, out, err } = await run(script, words, options);
    if (code !== 0) throw new Error(`on ${name}: exit ${String(code)} of\n${script}\n${out}${err}`);
    return out;
  };
  const until: Inside['until'] = async (script, words = []) => {
    for (const end = Date.now() + 60_000; ;) {
      const { code, out, err } = await run(script, words);
      if (code === 0) return;
      if (Date.now() > end) throw new Error(`on ${name} it did not come about: ${script}\n${out}${err}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const started = async (): Promise<string> => (await must(BEGAN, ['1'])).trim();
  const restarted: Inside['restarted'] = async (before) => {
    // From outside, since a shutdown waits ten seconds for processes that are not the host's own.
    const gone = ['sh', '-uc', GONE, 'sh', (process1 ??= await found()), before];
    await house.run(gone, { patienceMs: 60_000 });
    await until(`[ "$(${BEGAN})" != "$2" ] && ${UP}`, ['1', before]);
  };
  return {
    name,
    run,
    must,
    until,
    read: (path) => must('if [ -e "$1" ]; then cat -- "$1"; fi', [path]),
    write: async (path, content, mode = '644') => {
      const script = 'mkdir -p -- "$(dirname -- "$1")" && cat >"$1" && chmod -- "$2" "$1"';
      await must(script, [path, mode], { input: content });
    },
    writeAll: async (files, mode = '644') => {
      await must('python3 -c "$1" "$2"', [WRITE, mode], { input: JSON.stringify(files) });
    },
    snapshot: async (...paths) => {
      const seen = await must('look=$1; shift; python3 -c "$look" "$@"', [LOOK, ...paths]);
      return new Map(JSON.parse(seen) as readonly (readonly [string, string])[]);
    },
    started,
    restarted,
    reboot: async () => {
      const before = await started();
      // Its own end may come before that of the script.
      await run('systemctl reboot');
      await restarted(before);
    },
    cable: async (state) => {
      await house.must(['ip', 'link', 'set', `to-${name}`, state === 'in' ? 'up' : 'down']);
    },
  };
}

/** For Python: files as JSON, paths and contents. */
const WRITE = `
import json, os, sys
for path, content in json.load(sys.stdin).items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(content)
    os.chmod(path, int(sys.argv[1], 8))
`;

/** For Python: for each path what is there, as JSON. */
export const LOOK = `
import hashlib, json, os, stat, sys

def look(path):
    is_ = os.lstat(path)
    owner = f"{stat.S_IMODE(is_.st_mode):o} {is_.st_uid}:{is_.st_gid}"
    if stat.S_ISLNK(is_.st_mode):
        yield path, f"link to {os.readlink(path)}"
    elif stat.S_ISDIR(is_.st_mode):
        yield path, f"folder {owner}"
        for name in sorted(os.listdir(path)):
            yield from look(f"{path}/{name}")
    elif stat.S_ISREG(is_.st_mode):
        with open(path, "rb") as file:
            yield path, f"file {owner} {hashlib.sha256(file.read()).hexdigest()}"
    else:
        yield path, f"other {owner}"

print(json.dumps([seen for path in sys.argv[1:] for seen in look(path)]))
`;
