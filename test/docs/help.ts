import { ROOT } from './pages.ts';
import { execFileSync } from '../support/run-sync.ts';

const told = new Map<string, string>();

/** What the built program says of itself, or of one of its commands. */
export function help(command = ''): string {
  const known = told.get(command);
  if (known !== undefined) return known;
  const words = [`${ROOT}dist/cli.js`, ...(command === '' ? [] : [command]), '--help'];
  const text = execFileSync(process.execPath, words, { encoding: 'utf8' });
  told.set(command, text);
  return text;
}

/** The commands that there are. */
export const commands = (): readonly string[] =>
  [...help().matchAll(/^ {2}([a-z]+)(?= )/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
