import { CHANNEL } from './kit-channel.ts';
import { BOOT, COMMON } from './kit-common.ts';
import { FOLDER } from './kit-folder.ts';
import { WRAPPER } from './kit-wrapper.ts';
import { quote } from './quote.ts';

/**
 * The job kit: what runs on the host. POSIX sh, in which builtins do the files (`printf`, `read`, `[`), because each
 * process started costs about as much as all of them together. Nothing is installed: the kit travels as text.
 */

/** How the kit makes of a fresh `sh` one that answers requests, and what is written to it. */
export interface Kit {
  /** @param tag begins every answer line of this channel; nobody else can know it, so noise of login files is told apart. */
  readonly bootstrap: (tag: string) => string;
  /** Written each time before a request, as soon as there is somebody to read it. */
  readonly before: string;
  /** Whether a request must not be written before the one before it has been answered. */
  readonly waits: boolean;
  /** Makes a request, which is read whole before any of it is done, of what it is to do. */
  readonly request: (text: string) => string;
}

const CLEAN = 'unset ENV BASH_ENV CDPATH';

/** For short requests: the shell itself answers. */
export const SHORT: Kit = {
  bootstrap: (tag) => `${CLEAN}\nco_tag=${tag}\n${COMMON}${BOOT}${FOLDER}${CHANNEL}\nco_say ready\n`,
  before: '',
  waits: false,
  request: (text) => `${text}co_say over\n`,
};

/**
 * For jobs: each order is read by a wrapper that has been started before it came, so that starting it takes no time from
 * the step. It is in the foreground, because what is started by & ignores SIGINT and SIGQUIT for ever, and so would every
 * script; and it reads the channel itself, so that it ends with it while no order has come. It takes one order after the
 * other, as long as the job before has left nothing of itself; else the shell that started it starts another, and reads
 * nothing itself any more. A wrapper that was ended by force gives no answer, and then the channel ends.
 */
export const JOBS: Kit = {
  bootstrap: (tag) => `{
${CLEAN}
co_common=${quote(COMMON)}
eval "$co_common"
${BOOT}co_kit="unset co_kit
co_tag=${tag} co_umask=$(umask) co_this_boot='$co_this_boot'
$co_common"${quote(`${FOLDER}${WRAPPER}`)}
export co_kit
printf '%s\\n' '${tag} ready'
while setsid sh -s changeover-job; [ $? = 3 ]; do :; done
exit
}
`,
  before: '[ -n "${co_mine-}" ] || eval "$co_kit"\n',
  waits: true,
  request: (text) => `{\n${text}co_say over\nco_leave\n} </dev/null\n`,
};
