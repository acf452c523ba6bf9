import { existsSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { needs } from '../support/needs.ts';
import { byHand } from './support/by-hand.ts';
import { startMachine, type Machine } from './machine.ts';
import { putRealRedis, type RealRedis } from './support/real-redis.ts';
import { makeWorkplace, until, type Workplace } from './workplace.ts';

/** The shipped procedure, but that it looks more often while it waits, and no longer than a command of these tests may take. */
const MERGE = readFileSync('procedures/pryv/redis-merge.yml', 'utf8')
  .replaceAll('delay: 1s', 'delay: 100ms')
  .replaceAll(/timeout: (?:2|10)m/g, 'timeout: 30s');
/** The same where core is waited for in vain. */
const IN_VAIN = MERGE.replace(/(?<=id: core-answers\n[^-]*timeout: )30s/, '6s');

let machine: Machine;
let work: Workplace;
let redis: RealRedis;

beforeEach(async () => {
  machine = await startMachine(seedPryv);
  redis = putRealRedis(machine);
  work = makeWorkplace();
  work.inventory({ pryv: machine.entry() });
  work.procedure('pryv/redis-merge', MERGE);
  onHost('docker ps');
});
afterEach(async () => {
  work.remove();
  redis.stop();
  await machine.remove();
});

const onHost = (script: string): string => byHand(machine, script);

/** In an hour and in two, in milliseconds: an end that both versions must keep to. */
const soon = Date.now() + 3_600_000;
const later = soon + 3_600_000;

/** What the old version holds: every type, an end, bytes that are no text, and keys that the new version has too. */
const OLD = [
  'SET amelie:server core',
  'SET bruno:server core',
  `SET chiara:session token PXAT ${String(soon)}`,
  'SET "bytes \\x00\\xff\\r\\n \'\\"" "\\x80\\x00\\r\\n"',
  'HSET dario:user id u4 email dario@example.com',
  'RPUSH queue one two three',
  'SADD hosts core1 core2',
  'ZADD seen 1.5 amelie 2 bruno',
  'XADD events 1-1 what login',
  'SET both:text old',
  'HSET both:kind was hash',
  `SET both:ends old PXAT ${String(soon)}`,
  'SET both:stays old',
];
/** What the new version has made since it started. */
const NEW = [
  'SET both:text new',
  'SET both:kind "is a text now"',
  'SET both:ends new',
  `SET both:stays new PXAT ${String(later)}`,
  'SET platform:version 1.6',
  `SET "new \\x00\\xff\\r\\n" "\\x00*3\\r\\n$3\\r\\nDEL\\r\\n" PXAT ${String(later)}`,
  'SADD new:set a b',
  'ZADD new:sorted 0.1 x',
  'XADD new:stream 5-5 a b',
];
/** The new version runs, as an upgrade without the merge left it: its Redis began empty. Gives both contents. */
function upgraded(): { readonly old: readonly string[]; readonly fresh: readonly string[] } {
  redis.say('FLUSHALL', ...OLD);
  const old = redis.content();
  onHost('"$root/stop-core"; "$root/stop-config-follower"; "$root/stop-config-leader"');
  redis.whenNew(...NEW);
  startNew();
  return { old, fresh: redis.content() };
}

/** By hand, and without the data of the old version. */
function startNew(): void {
  unlinkSync(machine.path('var/pryv'));
  symlinkSync(machine.path('var/pryv1.6'), machine.path('var/pryv'));
  onHost('"$root/start-config-leader"; "$root/start-config-follower"; "$root/run-pryv"');
}

/** The key's name, which stands before type, end and digest. */
const keyOf = (line: string): string => line.split(' ')[0] ?? '';

/** All of the new version's, and what it has not of the old one's. */
function together(old: readonly string[], fresh: readonly string[]): readonly string[] {
  const has = new Set(fresh.map(keyOf));
  return [...fresh, ...old.filter((line) => !has.has(keyOf(line)))].toSorted();
}

const merge = ['run', 'redis-merge', 'pryv', '1.6', '--yes'] as const;
const BACKUPS = 'var/pryv1.6/redis-bkp';
/** A server writes its file anew each time it ends; what it holds is compared by itself. */
const isRewritten = (line: string): boolean =>
  line.includes('/redis/data/dump.rdb') || line.includes(' state/redis.sock');

needs(
  'sshd',
  'rsync',
  'redis-server',
  'redis-cli',
)('the merge of two real Redis servers', () => {
  it('keeps every key of both, whatever its bytes, its type and its end; the new version’s wins', async () => {
    const { old, fresh } = upgraded();
    expect([old.length, fresh.length]).toEqual([OLD.length, NEW.length]);
    const { code, out, err } = await work.changeover(...merge);
    expect([code, err]).toEqual([0, '']);
    expect(redis.content()).toEqual(together(old, fresh));
    expect(redis.say('GET both:text', 'GET both:ends', 'PTTL both:ends', 'TYPE both:kind').split('\n')).toEqual([
      ...['new', 'new', '-1', 'string', ''],
    ]);
    expect(out).toContain('Downtime');
    expect(out).toContain('users are let in again');
    expect(onHost('docker inspect -f "{{.State.Running}}" pryvio_nginx')).toBe('true\n');
    for (const name of ['1.5/dump.rdb', '1.6/dump.rdb', '1.6.commands']) {
      expect(existsSync(machine.path(`${BACKUPS}/${name}`))).toBe(true);
    }
    // A restart has it all still.
    onHost('docker restart pryvio_redis');
    expect(redis.content()).toEqual(together(old, fresh));
  });

  it('lets what ends meanwhile end, and says how many keys there were', async () => {
    const { old, fresh } = upgraded();
    redis.say('SET fleeting:key x PX 400', 'SET bruno:server new PX 400');
    const { code } = await work.changeover(...merge);
    expect(code).toBe(0);
    // Its end is kept, whenever the merge came by, so it comes; the old version's own key of that name is not back then.
    await until(() => redis.say('EXISTS fleeting:key').trim() === '0');
    const now = redis.content().filter((line) => !line.startsWith('bruno:server '));
    expect(now).toEqual(together(old, fresh).filter((line) => !line.startsWith('bruno:server ')));
    expect((await work.changeover('logs', work.runs()[0] ?? '', 'replay')).out).toMatch(
      /1\.5: 13 keys, 1\.6: (?:9|10|11), together: \d+, now: \d+/,
    );
  });

  it('is refused where the new Redis would not load the old data', async () => {
    redis.say('SET a b');
    onHost('"$root/stop-core"; "$root/stop-config-follower"; "$root/stop-config-leader"');
    redis.appendOnly();
    startNew();
    const changed = await machine.changedBy(async () => {
      const { code, out, err } = await work.changeover(...merge);
      expect([code, `${out}${err}`]).toEqual([
        1,
        expect.stringMatching(/has no appendonly, which the new\s+version's/),
      ]);
    });
    expect(changed).toEqual([]);
  });

  it.each(['redis-cli --raw EVAL', 'sha1hex'])('takes no error for an answer, though %s ends well', async (words) => {
    upgraded();
    machine.before('docker', `case "$*" in *"${words}"*) echo 'ERR unknown command'; exit 0 ;; esac`);
    expect(await work.changeover(...merge)).toMatchObject({ code: 3 });
    expect(work.events().filter(({ type }) => type === 'prompt_opened')).toMatchObject([{ step: 'commands' }]);
  });

  it('is taken back when core does not answer with all of it', async () => {
    work.procedure('pryv/redis-merge', IN_VAIN);
    const { fresh } = upgraded();
    await machine.setFault('core-unhealthy', true);
    const changed = await machine.changedBy(async () => {
      expect(await work.changeover(...merge)).toMatchObject({ code: 3 });
      expect(work.events().filter(({ type }) => type === 'prompt_opened')).toMatchObject([{ step: 'core-answers' }]);
      const back = await work.changeover('rollback', work.runs()[0] ?? '');
      expect([back.code, back.out]).toEqual([1, expect.stringContaining('was rolled back')]);
    });
    expect(redis.content()).toEqual(fresh);
    expect(changed.filter((line) => !isRewritten(line))).toEqual([]);
    expect(onHost('docker inspect -f "{{.State.Running}}" pryvio_nginx')).toBe('true\n');
  });
});
