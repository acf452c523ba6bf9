import { describe, expect, it } from '@jest/globals';
import { programsOf } from '../../src/plan/programs.ts';

describe('the programs of a script', () => {
  it.each([
    ['docker ps | grep -q pryv && echo up', ['docker', 'grep']],
    ['if ! "mongo"dump --out x; then exit 1; fi', ['mongodump']],
    ['for f in $(ls); do rm -- "$f"; done', ['ls', 'rm']],
    ['clean() { rm x; }; clean', ['rm']],
    ['cat <<E\n$(hostname)\nE\n', ['cat', 'hostname']],
    ["cat <<'E'\n$(hostname)\nE\n", ['cat']],
    ['$cmd x; "$dir"/run; ~/bin/x; ./local.sh; a* b', []],
    ['/usr/local/sbin/switch.sh 1.6', ['/usr/local/sbin/switch.sh']],
    [
      'sudo -n -u root -- systemctl stop x; sudo A=b tee x; exec redis-cli; command -v jq',
      ['sudo', 'systemctl', 'tee', 'redis-cli'],
    ],
    ['A=1 B=$(date) rsync a b > "$(mktemp)"', ['rsync', 'date', 'mktemp']],
    ['[ -e x ] && test -d y; : "${x:=$(id -u)}"; [[ a == b ]] && (cd / && tar c .)', ['id', 'tar']],
    ['echo "rm -rf /" # wipe', []],
  ])('%s', (script, programs) => {
    expect(programsOf(script)).toEqual(programs);
  });

  it('are none where the script does not parse', () => {
    expect(programsOf('if docker; then')).toEqual([]);
    expect(programsOf('docker "x')).toEqual([]);
  });
});
