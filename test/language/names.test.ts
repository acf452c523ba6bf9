import { expect, it } from '@jest/globals';
import { forbiddenVariable } from '../../src/language/names.ts';
import { findProgram } from '../support/needs.ts';
import { spawnSync } from '../support/run-sync.ts';

const SPECIAL =
  'UID EUID PPID RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME LINENO HISTCMD GROUPS DIRSTACK FUNCNAME OPTIND _';

it('a name whose value a shell would not hand on as given is refused', () => {
  expect(findProgram('bash')).toBeDefined();
  const changed = [...SPECIAL.split(' '), 'REPLY', 'HOSTNAME', 'COLUMNS', 'TMOUT', 'version'].filter((name) => {
    const input = `export ${name}='a b' 2>/dev/null\nprintf '[%s]' "$${name}"\n`;
    return spawnSync('bash', ['--norc', '-s'], { input, encoding: 'utf8' }).stdout !== '[a b]';
  });
  expect(changed).toContain('EPOCHSECONDS');
  expect(changed.filter((name) => forbiddenVariable(name) === undefined)).toEqual([]);
  expect(forbiddenVariable('version')).toBeUndefined();
});
