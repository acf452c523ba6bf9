/** Where the hosts' image of this run of the tests goes, and its end. Jest calls both once, whichever tests it runs. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PLACE = '/var/tmp';
const NAME = /^changeover-lab-(\d+)$/;

/**
 * Before the tests: names the folder, which the first test that needs a host makes, and removes those of dead runs. Who
 * writes tests sets CHANGEOVER_LAB to a folder of their own: it is kept, so that only the first run builds the image.
 */
export default function begin() {
  if (process.env['CHANGEOVER_LAB'] !== undefined) return;
  for (const name of readdirSync(PLACE)) {
    const pid = Number(NAME.exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    remove(join(PLACE, name));
    removeCgroups(`/${name}-`);
  }
  process.env['CHANGEOVER_LAB'] = ownFolder();
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** After the tests: removes the folder of this run. */
export function end() {
  const folder = process.env['CHANGEOVER_LAB'] ?? '';
  if (folder === ownFolder()) remove(folder);
}

const ownFolder = () => join(PLACE, `changeover-lab-${String(process.pid)}`);

/** @param {string} folder */
function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    // No test is wrong for that.
    const what = `See what is mounted below it (findmnt), and remove it by hand.`;
    process.stderr.write(`${folder}, the hosts' image of tests, is left behind: ${String(error)}. ${what}\n`);
  }
}

/**
 * Removes the control groups, all empty, that are left when the processes of hosts are gone.
 * @param {string} path what all of theirs hold: below each hierarchy, where there are several
 */
export function removeCgroups(path) {
  spawnSync('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*${path}*`, '-exec', 'rmdir', '{}', '+'], {
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
}
