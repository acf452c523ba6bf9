import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where a measurement keeps its files. ext4 gives nobody an inode that was deleted in the last minutes, and looks for
 * another one by one: where thousands were, a new file takes many times as long. So that nobody
 * pays for what was deleted before, by tests or in the rounds before, each measurement has its own folder, and folders whose
 * parent has the attribute `T` are spread over the disk.
 * Source: `recently_deleted` and `find_group_orlov` in Linux's fs/ext4/ialloc.c.
 */
export interface Place {
  /** The host's home, and where a run's own machine keeps its files: the same paths all the time. */
  readonly home: string;
  readonly local: string;
  /** From now on these are empty folders, elsewhere on the disk. */
  readonly renew: () => void;
  /** Removes all of it. */
  readonly remove: () => void;
}

export function createPlace(): Place {
  const folder = mkdtempSync('/var/tmp/changeover-bench-');
  try {
    execFileSync('chattr', ['+T', folder], { stdio: 'ignore', timeout: 10_000 });
  } catch {
    // Another file system, or no chattr: then folders lie where they lie.
  }
  const now = join(folder, 'now');
  const place: Place = {
    home: join(now, 'home'),
    local: join(now, 'local'),
    renew: () => {
      const fresh = mkdtempSync(join(folder, 'at-'));
      mkdirSync(join(fresh, 'home'), { mode: 0o700 });
      mkdirSync(join(fresh, 'local'));
      symlinkSync(fresh, `${now}.new`);
      renameSync(`${now}.new`, now);
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
  place.renew();
  return place;
}
