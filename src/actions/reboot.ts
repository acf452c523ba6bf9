import { condition, duration, keys, script } from '../language/fields.ts';
import type { Json, Script } from '../language/types.ts';
import type { Action, Restart } from './types.ts';

const schema = keys({
  command: script().optional(),
  until: condition().optional(),
  timeout: duration().optional(),
  stable_for: duration().optional(),
});

const COMMAND = 'systemctl reboot';
const STABLE_MS = 30_000;
/** Between two looks at the host. */
const EVERY_MS = 2000;

/** Of `stat`, fields between the program's name, which may hold anything, and the start time. */
const BEFORE_START = 19;

/**
 * By what a host runs now: its boot id and the start time of its process 1, since containers have their kernel's boot id.
 * In a shell of its own, so that none of its variables is one of the procedure's.
 */
const IDENTITY = `(
read -r boot </proc/sys/kernel/random/boot_id
{ read -r first </proc/1/stat; } 2>/dev/null || first=
read -r ${'_ '.repeat(BEFORE_START)}start _ <<CO_FIRST
\${first##*) }
CO_FIRST
printf '%s %s\\n' "$boot" "\${start:--}"
)`;

const BOOT: Script = { shell: 'sh', text: `${IDENTITY}\n` };

/** An order that comes a second time, after the host has started anew, must not restart it once more. */
const ONCE = `[ "$${IDENTITY}" = "$CO_BOOT" ] || { echo 'It has started anew already, so it is not restarted.'; exit 0; }`;

export const reboot: Action = {
  name: 'reboot',
  summary: 'restarts the host, and waits until it is back and stays so',
  schema,
  changes: true,
  restarts: true,
  undoesItself: () => false,
  work(given, { timeoutMs }) {
    const { command, restart } = read(given, timeoutMs);
    return {
      kind: 'job',
      env: {},
      apply: { shell: 'sh', text: `${ONCE}\n${command}` },
      restart,
      needs: [],
      touches: { paths: [], units: [] },
    };
  },
  byHand(given) {
    const { command, until, timeout, stable_for: stableMs = STABLE_MS } = schema.parse(given);
    const most = timeout === undefined ? '' : `, for at most ${inWords(timeout)}`;
    return {
      work: [
        { say: 'Note since when it runs:' },
        { show: 'uptime -s' },
        { script: command ?? COMMAND, shell: 'sh' },
        {
          say: `The connection drops. Look again and again${most}, until you can log in and it runs since later than you noted.`,
        },
        ...(until === undefined ? [] : [{ say: 'Wait until this holds:', holds: until }]),
        {
          say: `Look once more after ${inWords(stableMs)}: if it has started anew meanwhile, begin to wait again.`,
        },
      ],
      undo: [],
    };
  },
};

const inWords = (ms: number): string =>
  ms >= 120_000 && ms % 60_000 === 0 ? `${String(ms / 60_000)} minutes` : `${String(ms / 1000)} seconds`;

/** @param timeoutMs the step's own, which also bounds the wait where nothing else does */
function read(given: Json, timeoutMs: number): { readonly command: string; readonly restart: Restart } {
  const { command = COMMAND, until, timeout = timeoutMs, stable_for: stableMs = STABLE_MS } = schema.parse(given);
  return {
    command,
    restart: {
      boot: BOOT,
      command,
      ...(until === undefined ? {} : { until }),
      everyMs: EVERY_MS,
      atMostMs: timeout,
      stableMs,
    },
  };
}
