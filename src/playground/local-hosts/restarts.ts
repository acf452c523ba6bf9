import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, watch } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { put } from './host-folder.ts';
import type { CommandOptions } from './run-command.ts';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const SHELL = ['/bin/sh', '-c'] as const;

const ASK = `#!/bin/sh
# A simulated restart, of Changeover's playground: the stand-in host's processes are ended and its connections cut; then
# it is there again with another boot id, and those of its units are active that are enabled. Your machine runs on.
folder=\${0%/sbin/*}
: >"$folder/state/restarting"
exec sleep 60
`;

const BOOT = `
for unit in "$1"/state/units/*; do
  read -r enabled <"$unit/enabled"
  case $enabled in enabled) verb=start ;; *) verb=stop ;; esac
  systemctl "$verb" "\${unit##*/}"
done`;

export interface Restarts {
  /** What the host's commands are run by: they see the host's own boot id. */
  readonly shell: CommandOptions['shell'];
  /** Restarts the host whenever its \`sbin/restart\` asks for that, until it is told to stop. */
  watch(host: { readonly down: () => Promise<void>; readonly up: () => Promise<void> }): () => Promise<void>;
}

/**
 * Gives a stand-in host a simulated restart. Undefined where nothing can be mounted in a namespace of one's own, as in
 * many containers: then the host has none.
 */
export async function simulateRestarts(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Restarts | undefined> {
  const file = join(folder, 'state/boot_id');
  const asked = join(folder, 'state/restarting');
  const boot = async (): Promise<void> => {
    await put(folder, 'state/boot_id.new', `${randomUUID()}\n`);
    await rename(`${file}.new`, file);
  };
  await boot();
  const shell = shellWith(file);
  const [program, ...words] = shell;
  const run = promisify(execFile);
  const seen = await run(program, [...words, `cat ${BOOT_ID}`], { env }).catch(() => undefined);
  if (seen?.stdout !== (await readFile(file, 'utf8'))) return undefined;
  await put(folder, 'sbin/restart', ASK, 0o755);
  return {
    shell,
    watch: ({ down, up }) => {
      let restarting: Promise<void> | undefined;
      const restart = async (): Promise<void> => {
        await down();
        await boot();
        await run(SHELL[0], [SHELL[1], BOOT, 'sh', folder], { env });
        await rm(asked);
        await up();
        restarting = undefined;
      };
      const watcher = watch(join(folder, 'state'), () => {
        if (existsSync(asked)) restarting ??= restart();
      });
      return async () => {
        watcher.close();
        await restarting;
      };
    },
  };
}

/** Runs a command with a file in the place of the kernel's boot id; who is not root is that in between, and nobody else then. */
function shellWith(file: string): CommandOptions['shell'] {
  const { uid, gid } = userInfo();
  const mount = `mount --bind "$0" ${BOOT_ID} && exec "$@"`;
  const inside = ['sh', '-c', mount, file];
  if (uid === 0) return ['unshare', '--mount', ...inside, ...SHELL];
  const oneself = ['unshare', '--user', `--map-user=${String(uid)}`, `--map-group=${String(gid)}`];
  return ['unshare', '--user', '--map-root-user', '--mount', ...inside, ...oneself, ...SHELL];
}
