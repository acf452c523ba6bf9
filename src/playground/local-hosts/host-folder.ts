import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { COMMON } from './stand-ins/common.ts';
import { CONTAINERS } from './stand-ins/containers.ts';
import { DOCKER_COMPOSE } from './stand-ins/docker-compose.ts';
import { DOCKER } from './stand-ins/docker.ts';
import { MONGO } from './stand-ins/mongo.ts';
import { REDIS } from './stand-ins/redis.ts';
import { RSYNC } from './stand-ins/rsync.ts';
import { SUDO } from './stand-ins/sudo.ts';
import { SYSTEMCTL } from './stand-ins/systemctl.ts';

/** What every process of a local host carries in its environment, so that `stop` finds it however it was detached. */
export const MARK = 'CHANGEOVER_LOCAL_HOST';

const FOLDERS = ['bin', 'sbin', 'lib', 'home', 'root', 'keys', 'logs', 'faults', 'state/containers', 'state/units'];
const COMMANDS = { docker: DOCKER, 'docker-compose': DOCKER_COMPOSE, systemctl: SYSTEMCTL, sudo: SUDO, rsync: RSYNC };
const LIBRARY = { 'common.sh': COMMON, 'containers.sh': CONTAINERS, 'mongo.sh': MONGO, 'redis.sh': REDIS };

/** Writes a file below a host's folder, with the folders on its way; `mode` as for chmod, whatever the umask. */
export async function put(folder: string, path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
  await chmod(file, mode);
}

/** Makes a local host's folder: a home, the stand-in commands in `bin/`, and two units that the stand-in systemctl knows. */
export async function makeHostFolder(folder: string): Promise<void> {
  for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
  await chmod(join(folder, 'keys'), 0o700);
  for (const [name, script] of Object.entries(COMMANDS)) await put(folder, `bin/${name}`, script, 0o755);
  for (const [name, script] of Object.entries(LIBRARY)) await put(folder, `lib/${name}`, script);
  for (const unit of ['docker.service', 'cron.service']) {
    await put(folder, `state/units/${unit}/active`, 'active\n');
    await put(folder, `state/units/${unit}/enabled`, 'enabled\n');
  }
}

/** The clean environment a login on the host gets: little else but a search path that finds the stand-ins first. */
export function hostEnvironment(folder: string, mark: string): Record<string, string> {
  const user = loginName();
  return {
    [MARK]: mark,
    HOME: join(folder, 'home'),
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    PATH: `${join(folder, 'bin')}:${join(folder, 'sbin')}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
  };
}

/** The user the host lets in: who started it, since its commands run as that user. */
export function loginName(): string {
  return userInfo().username;
}
