import type { Failure } from './pryv/pryv-host.ts';
import { describeTakenBack } from './pryv/taken-back.ts';

/** What makes each step fail, all that change something and the one that waits. */
const FAILURES: Readonly<Record<string, Failure>> = {
  'new-folder': { command: 'mkdir -m 700 -- /var/*' },
  'switch-root': { command: 'mv *switch_pryv.root' },
  'switch-command': { command: 'mv *switch_pryv.sh' },
  'stop-core': { command: 'docker-compose */pryv/pryv.yml stop' },
  'stop-config-follower': { command: 'docker-compose */config-follower.yml stop' },
  'stop-config-leader': { command: 'docker-compose */config-leader.yml stop' },
  move: { command: 'mv -nT -- /var/pryv /var/pryv1.5' },
  link: { command: 'mv -fT * /var/pryv' },
  'start-config-leader': { command: 'docker-compose */config-leader.yml up -d' },
  'start-config-follower': { command: 'docker-compose */config-follower.yml up -d' },
  'run-pryv': { command: 'docker-compose */pryv/pryv.yml up -d' },
  healthy: { command: 'docker exec pryvio_core curl *', stays: true, when: '[ -L /var/pryv ]' },
};

describeTakenBack('the Pryv layout', { command: '/layout pryv 1.6', laidOut: false, failures: FAILURES });
