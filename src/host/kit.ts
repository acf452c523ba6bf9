import { CHANNEL } from './kit-channel.ts';
import { WRAPPER } from './kit-wrapper.ts';
import { quote } from './quote.ts';

/**
 * The job kit: what runs on the host. POSIX sh, in which builtins do the files (`printf`, `read`, `[`), because each
 * process started costs about as much as all of them together. Nothing is installed: the kit travels as text.
 */

/**
 * The text that turns a fresh `sh` into one that answers requests.
 * @param tag begins every answer line of this channel; nobody else can know it, so noise of login files is told apart.
 */
export function bootstrap(tag: string): string {
  return `unset ENV BASH_ENV CDPATH\nco_tag=${tag}\nco_wrapper=${quote(WRAPPER)}\n${CHANNEL}\nco_say ready\n`;
}
