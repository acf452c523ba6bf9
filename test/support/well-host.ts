import type { Answer, Host } from '../../src/engine/ports.ts';

/** What a host says that is well, is nobody's, and does as it is told: all but what its jobs come to. */
export function wellHost(loginUser: string): Omit<Host, 'ensureJob' | 'settle'> {
  const ok = <T>(value: T): Promise<Answer<T>> => Promise.resolve({ kind: 'ok', value });
  return {
    preflight: () => ok({ troubles: [], machine_id: 'm', boot_id: 'b', login_user: loginUser }),
    lock: () => ok({}),
    holder: () => ok({}),
    living: () => ok([]),
    bar: () => ok([]),
    unlock: () => ok({}),
    raiseEpoch: () => ok(null),
    read: () => ok({ exit_code: 0, stdout: '', stderr: '' }),
    look: () => ok({ missingPrograms: [], chdirMissing: false, sudoMissing: false }),
    kill: () => ok({ killed: true }),
    jobs: () => ok({ jobs: [] }),
    tidyJob: () => ok(null),
    closeRun: () => ok(null),
  };
}
