import type { Failure } from './pryv/pryv-host.ts';
import { describeTakenBack } from './pryv/taken-back.ts';

/** What makes each step fail, all that change something and those that wait; what is waited for fails each time. */
const FAILURES: Readonly<Record<string, Failure>> = {
  'new-tree': { command: 'rsync *config-follower/conf/*' },
  'stop-services': { command: 'docker stop pryvio_redis' },
  // Its second collection, so that half a dump is there.
  dump: { command: 'cp *users.bson /app/backup/*' },
  'stop-mongo': { command: 'docker stop --time 120 pryvio_mongodb' },
  'core-data': { command: 'rsync *core/data/*' },
  switch: { command: 'mv -fT * /var/pryv' },
  'start-mongo': { command: 'docker-compose * up -d mongodb' },
  'mongo-ready': { command: 'docker exec pryvio_mongodb *ping*', stays: true },
  restore: { command: 'cp *users.bson /app/data/*' },
  'start-services': { command: 'docker-compose * up -d core redis' },
  'core-answers': { command: 'docker exec pryvio_core curl *', stays: true, when: '[ /var/pryv -ef /var/pryv1.6 ]' },
  'redis/commands': { command: 'docker exec pryvio_redis redis-cli --raw EVAL *sha1hex*' },
  'redis/stop-redis': { command: 'docker stop --time 120 pryvio_redis' },
  'redis/backups': { command: 'rsync */var/pryv1.5/pryv/redis/data/*' },
  'redis/old-data': { command: 'rsync */redis-bkp/1.5/ *' },
  'redis/start-redis': { command: 'docker-compose * start redis' },
  'redis/redis-answers': {
    command: 'docker exec pryvio_redis redis-cli --raw PING',
    stays: true,
    when: '[ -e /var/pryv1.6/redis-bkp/1.5 ]',
  },
  'redis/replay': { command: 'docker exec -i pryvio_redis redis-cli --pipe' },
  open: { command: 'docker-compose * up -d', when: 'systemctl is-active --quiet pryvio_core' },
};

describeTakenBack('the Pryv upgrade', { command: '/upgrade pryv 1.6', laidOut: true, failures: FAILURES });
