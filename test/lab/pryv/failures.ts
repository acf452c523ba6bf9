import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Failure } from './pryv-host.ts';

/** What is wrong before a run begins, and how it is put right: by hand, as root. */
export interface Spoilt {
  readonly spoil: string;
  readonly mend: string;
}

/** Steps by their names, in the procedure's order, and what makes each fail; a wait is in vain. */
export type Failures = Readonly<Record<string, Failure | Spoilt>>;

const NO_ANSWER: Failure = { command: 'docker exec pryvio_core curl *', stays: true };
const SERVICE_DOWN: Spoilt = { spoil: 'docker stop pryvio_nginx', mend: 'docker start pryvio_nginx' };
const MERGED_ONCE: Spoilt = { spoil: 'mkdir /var/pryv1.6/redis-bkp', mend: 'rmdir /var/pryv1.6/redis-bkp' };

const LAYOUT: Failures = {
  'not-yet': { spoil: 'chmod -x /var/pryv/run-pryv', mend: 'chmod +x /var/pryv/run-pryv' },
  'healthy-before': SERVICE_DOWN,
  'new-folder': { command: 'mkdir -m 700 -- /var/*' },
  'switch-root': { command: 'mv *switch_pryv.root' },
  'switch-command': { command: 'mv *switch_pryv.sh' },
  'sudo-rule': { command: 'mv */etc/sudoers.d/switch_pryv' },
  'stop-core': { command: 'docker-compose */pryv/pryv.yml stop' },
  'stop-config-follower': { command: 'docker-compose */config-follower.yml stop' },
  'stop-config-leader': { command: 'docker-compose */config-leader.yml stop' },
  move: { command: 'mv -nT -- /var/pryv /var/pryv1.5' },
  link: { command: 'mv -fT * /var/pryv' },
  'start-config-leader': { command: 'docker-compose */config-leader.yml up -d' },
  'start-config-follower': { command: 'docker-compose */config-follower.yml up -d' },
  'run-pryv': { command: 'docker-compose */pryv/pryv.yml up -d' },
  healthy: { ...NO_ANSWER, when: '[ -L /var/pryv ]' },
};

/** Half of the commands come through. */
const HALF =
  'head -c 9000 | /usr/local/lib/stand-in/docker exec -i pryvio_redis redis-cli --pipe --pipe-timeout 1 || :';

/** Of a merge by itself and of one in an upgrade. */
const MERGING: Failures = {
  commands: { command: 'docker exec pryvio_redis redis-cli --raw EVAL *sha1hex*' },
  'stop-redis': { command: 'docker stop --time 120 pryvio_redis' },
  backups: { command: 'rsync */var/pryv1.5/pryv/redis/data/*' },
  'old-data': { command: 'rsync */redis-bkp/1.5/ *' },
  'start-redis': { command: 'docker-compose * start redis' },
  'redis-answers': {
    command: 'docker exec pryvio_redis redis-cli --raw PING',
    stays: true,
    when: '[ -e /var/pryv1.6/redis-bkp/1.5 ]',
  },
  replay: { command: 'docker exec -i pryvio_redis redis-cli --pipe', when: HALF },
};

const MERGE: Failures = {
  ready: MERGED_ONCE,
  'stop-nginx': { command: 'docker stop pryvio_nginx' },
  ...MERGING,
  open: { command: 'docker-compose * up -d' },
  'core-answers': NO_ANSWER,
};

/** An upgrade stops nginx long before, so there is something to stop only if somebody has started it by hand since. */
const NGINX_BY_HAND = `
[ /var/pryv -ef /var/pryv1.6 ] || exit 1
case $1 in
  'docker exec pryvio_redis redis-cli --raw PING') systemctl start container@pryvio_nginx; exit 1 ;;
  'docker stop pryvio_nginx') ;;
  *) exit 1 ;;
esac`;

const UPGRADE: Failures = {
  layout: { spoil: 'chmod -x /var/pryv1.6/run-pryv', mend: 'chmod +x /var/pryv1.6/run-pryv' },
  'nothing-left': MERGED_ONCE,
  room: {
    spoil: `printf '#!/bin/sh\\necho; echo / 9 9 9\\n' >/usr/local/bin/df; chmod +x /usr/local/bin/df`,
    mend: 'rm /usr/local/bin/df',
  },
  'healthy-before': SERVICE_DOWN,
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
  'core-answers': { ...NO_ANSWER, when: '[ /var/pryv -ef /var/pryv1.6 ]' },
  'redis/ready': { command: 'docker exec pryvio_redis redis-cli --raw PING' },
  'redis/stop-nginx': { command: 'docker *', when: NGINX_BY_HAND },
  ...Object.fromEntries(Object.entries(MERGING).map(([step, failure]) => [`redis/${step}`, failure])),
  'redis/core-answers': { ...NO_ANSWER, when: '[ -e /var/pryv1.6/redis-bkp/1.5.keys ]' },
  open: { command: 'docker-compose * up -d', when: 'systemctl is-active --quiet container@pryvio_core' },
};

/** A procedure's steps and, once a run is taken back, those of its `rollback`. */
export interface Broken {
  readonly steps: Failures;
  readonly back: Readonly<Record<string, Failure>>;
}

/** Of each procedure in `procedures/pryv`. */
export const FAILURES = {
  layout: { steps: LAYOUT, back: { 'healthy-again': NO_ANSWER } },
  'redis-merge': { steps: MERGE, back: {} },
  upgrade: {
    steps: UPGRADE,
    back: { 'layout-again': { command: 'readlink -f -- /var/pryv' }, 'healthy-again': NO_ANSWER },
  },
} satisfies Readonly<Record<string, Broken>>;

const read = z.array(
  z.object({
    id: z.string(),
    when: z.string().optional(),
    comment: z.string().optional(),
    call: z.object({ procedure: z.string(), with: z.record(z.string(), z.unknown()) }).optional(),
  }),
);

/**
 * The steps of a shipped procedure that can fail, in its order, a called one's in the place of the call: all but words, and
 * but those whose `when` is a param that the call gives as false.
 */
export function stepsOf(
  name: string,
  part: 'steps' | 'rollback' = 'steps',
  given: Readonly<Record<string, unknown>> = {},
): readonly string[] {
  const procedure = z.record(z.string(), z.unknown()).parse(parse(readFileSync(`procedures/${name}.yml`, 'utf8')));
  return read
    .parse(procedure[part])
    .filter(({ when = '', comment }) => comment === undefined && given[when.replace(/^params\./, '')] !== false)
    .flatMap(({ id, call }) =>
      call === undefined ? [id] : stepsOf(call.procedure, 'steps', call.with).map((step) => `${id}/${step}`),
    );
}
