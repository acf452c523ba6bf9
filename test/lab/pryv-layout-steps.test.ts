import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { brokenHost, NEW, OLD } from './pryv/each-step.ts';
import { type Broken, FAILURES, stepsOf } from './pryv/failures.ts';
import { unlike } from './pryv/redis-data.ts';
import { describeInLab } from './support/lab.ts';

const openApi = await loadOpenApi();

it.each(readdirSync('procedures/pryv').filter((file) => file.endsWith('.yml')))(
  'breaks %s at each of its steps',
  (file) => {
    const name = file.replace('.yml', '');
    const { steps = {}, back = {} } = new Map<string, Partial<Broken>>(Object.entries(FAILURES)).get(name) ?? {};
    expect(Object.keys(steps)).toEqual(stepsOf(`pryv/${name}`));
    expect(Object.keys(back)).toEqual(stepsOf(`pryv/${name}`, 'rollback'));
  },
);

describeWith(openApi)('Pryv', (checker) => {
  describeInLab('on a host of the lab, from its first day on', () => {
    const { host, succeeds, isTakenBack } = brokenHost(checker, false);

    describe('/layout pryv 1.6', () => {
      isTakenBack('/layout pryv 1.6', FAILURES.layout, OLD);

      it('lays it out, and lets those who are named switch', async () => {
        const owner = await host().must('stat -c "%U %G %a" /var/pryv');
        await succeeds('/layout pryv 1.6');
        expect(await host().must('readlink /var/pryv')).toBe('/var/pryv1.5\n');
        expect(await host().must('stat -c "%U %G %a" /var/pryv1.6')).toBe(owner);
        expect((await host().look()).services).not.toMatch(/inactive|failed/);
        expect(await host().must(SWITCH)).toBe('/var/pryv1.6\n/var/pryv1.5\n');
      });
    });

    describe('/redis-merge pryv 1.6', () => {
      beforeAll(async () => {
        await host().release('/var/pryv1.6', '1.6');
        await host().must(UPGRADED_BY_HAND);
        await host().until('curl -fsS http://127.0.0.1/');
      });
      isTakenBack('/redis-merge pryv 1.6', FAILURES['redis-merge'], NEW);

      it('merges what was upgraded without its Redis', async () => {
        await succeeds('/redis-merge pryv 1.6');
        const { redis, services } = await host().look();
        expect(unlike(redis, [...OLD, ...NEW])).toEqual([]);
        expect(services).not.toMatch(/:1\.5:|inactive|failed/);
      });
    });
  });
});

/** As somebody types it who is neither root nor who logs in for runs. */
const SWITCH = `
groupadd pryv
useradd --groups pryv sam
for version in 1.6 1.5; do
  runuser -u sam -- sudo -n switch_pryv.sh "$version" >&2
  readlink /var/pryv
done
`;

/** As somebody would who forgets Redis. */
const UPGRADED_BY_HAND = `
cd /var
pryv/stop-core; pryv/stop-config-follower; pryv/stop-config-leader
for path in config-leader/conf config-leader/data config-follower/conf pryv/nginx/conf/secret pryv/mongodb/data; do
  rm -rf "pryv1.6/$path"
  cp -a "pryv1.5/$path" "pryv1.6/$path"
done
ln -sfn /var/pryv1.6 pryv
pryv/start-config-leader; pryv/start-config-follower; pryv/run-pryv
`;
