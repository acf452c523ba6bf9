import { type Env, wordIn } from './settings.ts';

/** What a key, hosts' keys or secrets are given by, as the rest of the program reads it: from `CHANGEOVER_…`. */
export interface ActionInputs {
  readonly env: Env;
  /** Text of a `known_hosts` file that must be put where CHANGEOVER_KNOWN_HOSTS says. */
  readonly knownHosts?: { readonly path: string; readonly text: string };
  /** All that must never be printed. */
  readonly secrets: readonly string[];
}

/**
 * The job's environment with the inputs of `action.yml` in it, which go before.
 * @param folder of this job's own, for files
 */
export function readInputs(env: Env, folder: string): ActionInputs {
  const key = wordIn(env, 'INPUT_SSH_KEY');
  const hosts = wordIn(env, 'INPUT_KNOWN_HOSTS');
  // A line of the file has three words; a path that has is nobody's.
  const isText = hosts !== undefined && /\S+\s+\S+\s+\S+/.test(hosts);
  const file = `${folder}/known_hosts`;
  const path = isText ? file : hosts;
  const whole: Env = {
    ...env,
    ...(key === undefined ? {} : { CHANGEOVER_SSH_KEY: key }),
    ...(path === undefined ? {} : { CHANGEOVER_KNOWN_HOSTS: path }),
  };
  return {
    env: whole,
    ...(isText ? { knownHosts: { path: file, text: `${hosts}\n` } } : {}),
    secrets: Object.entries(whole).flatMap(([name, value]) => (isSecret(name) && value !== undefined ? [value] : [])),
  };
}

const isSecret = (name: string): boolean =>
  ['CHANGEOVER_SSH_KEY', 'INPUT_SSH_KEY', 'INPUT_TOKEN', 'GITHUB_TOKEN'].includes(name) ||
  name.startsWith('CHANGEOVER_SECRET_');
