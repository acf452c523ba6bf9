import type { PreflightNeeds } from '../engine/ports.ts';
import type { HostReport } from '../run/types.ts';
import { reaching, unreached } from './reaching.ts';
import { quote } from './quote.ts';
import { userTrouble } from './script-text.ts';

/** What the kit itself uses: POSIX sh's builtins apart, all of it coreutils, grep, findutils and util-linux. */
const OWN_PROGRAMS = [
  ...['mkdir', 'ln', 'mv', 'rm', 'stat', 'dd', 'head', 'truncate', 'timeout', 'sleep', 'find', 'grep', 'id', 'setsid'],
];

/** File systems that forget at a reboot, and those that another machine serves. */
const MEMORY = /^(tmpfs|ramfs)$/;
const NETWORK = /^(nfs.*|cifs|smb.*|afs|ceph|fuse|fuseblk|v9fs|lustre|gpfs|gfs.*|ocfs2|panfs|coda|novell|acfs|vboxsf)$/;
/** They know no hard links, and a job is claimed by one. */
const LINKLESS = /^(msdos|vfat|exfat)$/;

/** A script that only looks, and prints `word rest` lines for `readPreflight`. */
export function preflightScript(needs: PreflightNeeds, loginUser: string): string {
  const programs = [...new Set([...OWN_PROGRAMS, ...needs.programs])];
  const others = needs.becomeUsers.filter((user) => user !== loginUser && userTrouble(user) === undefined);
  const shells = new Set(needs.scripts.map(({ script }) => script.shell));
  return `
umask 077
for p in ${programs.map(quote).join(' ')}; do command -v "$p" >/dev/null 2>&1 || echo "missing $p"; done
machine= boot= first=
read -r machine 2>/dev/null </etc/machine-id || true
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || true
read -r first 2>/dev/null </proc/1/stat || true
set -- \${first##*) }
[ -z "$machine" ] || echo "machine $machine"
[ -z "$boot" ] || echo "boot $boot"
[ -z "$boot" ] || echo "instance $boot \${20:-?} $(stat -c %d:%i / 2>/dev/null)"
[ -r /proc/self/stat ] && [ -r /proc/uptime ] && [ -r /proc/loadavg ] || echo noproc
user=$(id -un) && echo "user $user"
dd if=/dev/null iflag=skip_bytes,count_bytes skip=0 count=0 status=none 2>/dev/null || echo nodd
for f in "$HOME/.changeover/runs" "$HOME/.changeover" "$HOME" none; do [ ! -e "$f" ] || break; done
if [ "$f" = none ]; then echo nohome
else
  [ -w "$f" ] && [ -x "$f" ] || echo "closed $f"
  for d in "$HOME/.changeover" "$HOME/.changeover/runs"; do
    [ -e "$d" ] || continue
    [ -O "$d" ] || echo "foreign $d"
    case $(stat -L -c %A -- "$d" 2>/dev/null) in ?????w* | ????????w*) echo "open $d" ;; esac
  done
  echo "files $(stat -f -c %T -- "$f" 2>/dev/null)"
  a=%a; [ "$(id -u)" != 0 ] || a=%f
  set -- $(stat -f -c "$a %c %d" -- "$f" 2>/dev/null)
  [ "\${1:-1}" != 0 ] && { [ "\${2:-0}" = 0 ] || [ "\${3:-1}" != 0 ]; } || echo "full $f"
fi
if [ -d /run/systemd/system ] && command -v busctl >/dev/null 2>&1; then
  m="org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager"
  [ "$(timeout 5 busctl get-property $m KillUserProcesses 2>/dev/null)" != 'b true' ] || {
    case "$(timeout 5 busctl get-property $m KillExcludeUsers 2>/dev/null) " in *"\\"$user\\""*) ;; *) echo kills ;; esac
  }
fi
${others.map((user) => `sudo -n -u ${user} -- sh -c : </dev/null >/dev/null 2>&1 || echo 'nosudo ${user}'`).join('\n')}
${[...shells].map((shell) => `command -v ${shell} >/dev/null 2>&1 || echo 'missing ${shell}'`).join('\n')}
${reaching(needs, loginUser)}
${needs.scripts.map(({ script }, index) => formCheck(index, script.shell, script.text)).join('\n')}
echo done
`;
}

/**
 * By a here-document, so that a script takes one process, and there may be many. It stands outside the substitution, where
 * old shells read it amiss, and some shells need room in /tmp for it.
 */
function formCheck(index: number, shell: string, text: string): string {
  let end = 'END';
  while (text.includes(end)) end = `${end}_`;
  return `! command -v ${shell} >/dev/null 2>&1 || { e=$(${shell} -n 2>&1) || { printf 'form ${index} '; printf '%s' "$e" | head -n 1; echo; }; } <<'${end}' || echo 'form ${index} it could not be handed to it; look whether /tmp has room'
${text}
${end}`;
}

/** Turns what the script printed into a report; every trouble says what to do. */
export function readPreflight(stdout: string, needs: PreflightNeeds): HostReport {
  const found = new Map<string, string>();
  const troubles: string[] = [];
  const missing: string[] = [];
  for (const line of stdout.split('\n')) {
    const space = line.indexOf(' ');
    const word = space < 0 ? line : line.slice(0, space);
    const rest = space < 0 ? '' : line.slice(space + 1);
    if (word === 'missing') missing.push(rest);
    else if (['machine', 'boot', 'instance', 'user', 'done'].includes(word)) found.set(word, rest);
    else if (word === 'unreached') troubles.push(unreached(rest, needs, found.get('user') ?? ''));
    else troubles.push(...troubleOf(word, rest, needs, found.get('user') ?? ''));
  }
  if (missing.length > 0) troubles.unshift(`missing on the host: ${[...new Set(missing)].join(', ')}; install them`);
  troubles.push(...needs.becomeUsers.flatMap((user) => userTrouble(user) ?? []));
  if (!found.has('done')) troubles.push('the look at the host did not come to its end; try again');
  const machine = /^[0-9a-f]{32}$/.exec(found.get('machine') ?? '')?.[0];
  const instance = machine === undefined ? found.get('instance') : undefined;
  const boot = found.get('boot');
  const user = found.get('user');
  return {
    troubles,
    ...(machine === undefined ? {} : { machine_id: machine }),
    ...(instance === undefined ? {} : { instance }),
    ...(boot === undefined ? {} : { boot_id: boot }),
    ...(user === undefined ? {} : { login_user: user }),
  };
}

function troubleOf(word: string, rest: string, needs: PreflightNeeds, user: string): readonly string[] {
  switch (word) {
    case 'noproc':
      return ['/proc is not there or not readable; Changeover needs a Linux host with /proc mounted'];
    case 'nodd':
      return ['its `dd` knows no iflag=skip_bytes; install GNU coreutils'];
    case 'nohome':
      return ['the login user has no home folder; Changeover keeps its state in ~/.changeover'];
    case 'closed':
      return [`${rest} cannot be written by the login user; Changeover keeps its state below it`];
    case 'full':
      return [`its disk is full (${rest}), and Changeover keeps its state there; make room`];
    case 'foreign':
      return [
        `${rest} is not the login user's own, and whoever owns it could have anything run there; look who put it there`,
      ];
    case 'open':
      return [`${rest} can be written by others than the login user; type there: chmod go-w ${rest}`];
    case 'files':
      return fileSystemTrouble(rest);
    case 'kills':
      return [
        `systemd-logind ends all of a user's processes at logout (KillUserProcesses=yes), so a job would die with the connection; set KillUserProcesses=no, or KillExcludeUsers=${user}, in /etc/systemd/logind.conf and restart systemd-logind`,
      ];
    case 'nosudo':
      return [
        `sudo does not let the login user become ${rest} without a password; allow it in /etc/sudoers.d (${user} ALL=(${rest}) NOPASSWD: ALL), without requiretty`,
      ];
    case 'form': {
      const space = rest.indexOf(' ');
      const name = needs.scripts[Number(rest.slice(0, space))]?.name ?? 'a script';
      return [`${name}: the shell cannot read this script: ${rest.slice(space + 1)}`];
    }
    default:
      return [];
  }
}

function fileSystemTrouble(type: string): readonly string[] {
  const why = MEMORY.test(type)
    ? 'is in memory: a reboot would forget what has been done'
    : NETWORK.test(type)
      ? 'is on a network file system, where a claim is not safe'
      : LINKLESS.test(type)
        ? 'has no hard links, by which jobs are claimed'
        : undefined;
  return why === undefined ? [] : [`~/.changeover ${why} (${type}); make it, or a link to it, on a local disk`];
}
