import type { JobWork } from '../actions/types.ts';
import type { Script } from '../language/types.ts';

/**
 * A job's work whose probe asks `done_when` first: where that holds there is nothing to do, else the action's own probe
 * decides, if it has one. The script comes in through the environment, since it may be in another shell than the
 * probe and since only a shell of its own keeps its `set -e`. It is a script of the procedure, never a value.
 *
 * As with every condition, exit 0 holds and 1-125 does not; but a script that does not parse, or is stopped, is an error.
 */
export function withDoneWhen(work: JobWork, doneWhen: Script): JobWork {
  const shell = doneWhen.shell === 'bash' ? 'bash -euo pipefail' : 'sh -eu';
  const parse = doneWhen.shell === 'bash' ? 'bash -n' : 'sh -n';
  const ask = `printf '%s\\n' "$CO_DONE_WHEN" | ${parse} || exit 126
co_status=0
${shell} -c "$CO_DONE_WHEN" </dev/null || co_status=$?
if [ "$co_status" -eq 0 ]; then exit 0; fi
if [ "$co_status" -gt 125 ]; then exit "$co_status"; fi
`;
  return {
    ...work,
    env: { ...work.env, CO_DONE_WHEN: { lit: doneWhen.text } },
    probe: { shell: 'sh', text: `${ask}${work.probe?.text ?? 'exit 1\n'}` },
    needs: doneWhen.shell === 'bash' ? [...new Set([...work.needs, 'bash'])] : work.needs,
  };
}
