import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { spawnSync } from '../support/run-sync.ts';
import { freePort, startSshd, type Sshd } from '../support/sshd.ts';
import { bench, RUN } from './bench.ts';
import { until } from './workplace.ts';

const { machine, work, steps } = bench();

const MARKS = `
  - id: mark
    run: echo done >>~/marks
    on_rollback: {run: rm ~/marks}
`;
const marks = (): string => machine().content('home/marks');
const withoutKey = (): Readonly<Record<string, unknown>> => machine().entry({ host_key: undefined });
/** Another host's key. */
const OTHER_KEY = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** Nothing was started, in a dry run as in a run, and both say why. */
async function blocked(...reasons: readonly (string | RegExp)[]): Promise<void> {
  for (const words of [['plan', 'try', 'demo'], RUN]) {
    const { code, out } = await work().changeover(...words);
    expect([words[0], code]).toEqual([words[0], 1]);
    const flat = out.replaceAll(/\s+/g, ' ');
    for (const reason of reasons) expect(flat).toMatch(reason);
  }
  expect(marks()).toBe('');
}

needs('sshd')('a host', () => {
  it('with another key than the inventory says is not talked to', async () => {
    steps(MARKS);
    work().inventory({ one: machine().entry({ host_key: OTHER_KEY }) });
    await blocked(machine().sshd.hostKeySha256, OTHER_KEY);
    expect(existsSync(machine().path('home/.changeover'))).toBe(false);
  });

  it('with another key than known_hosts says is not talked to, nor one whose key is revoked', async () => {
    steps(MARKS);
    work().inventory({ one: withoutKey() });
    mkdirSync(join(work().folder, '.ssh'));
    const known = join(work().folder, '.ssh/known_hosts');
    const [name = '', type = '', key = ''] = readFileSync(machine().sshd.knownHosts, 'utf8').trim().split(' ');
    writeFileSync(known, `@revoked ${name} ${type} ${key}\n`);
    await blocked(/REVOKED/);
    const other = Buffer.from(key, 'base64');
    other.writeUInt8(other.readUInt8(40) ^ 1, 40);
    writeFileSync(known, `${name} ${type} ${other.toString('base64')}\n`);
    await blocked(machine().sshd.hostKeySha256);
  });

  it('that is unknown is refused with the command that makes it known, which then does', async () => {
    steps(MARKS);
    work().inventory({ one: withoutKey() });
    await blocked(/changeover trust one/, machine().sshd.hostKeySha256);

    const asked = await work().changeover('trust', 'one');
    expect([asked.code, asked.out]).toEqual([2, expect.stringContaining(machine().sshd.hostKeySha256)]);
    expect(asked.err).toContain('--yes');
    await blocked(/changeover trust one/);

    const trusted = await work().changeover('trust', 'one', '--yes');
    expect([trusted.code, trusted.out]).toEqual([0, expect.stringContaining('Remembered in ')]);
    expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
    expect(marks()).toBe('done\n');
    const again = await work().changeover('trust', 'one');
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('known already')]);
    const mistyped = await work().changeover('trust', 'onn');
    expect([mistyped.code, mistyped.err]).toEqual([2, expect.stringContaining('Did you mean one?')]);
  });

  it('that cannot be reached blocks the run with all reasons at once', async () => {
    const port = await freePort();
    work().inventory({
      one: machine().entry({ host_key: OTHER_KEY }),
      two: machine().entry({ port }),
      three: machine().entry({ key: '/nowhere/id' }),
    });
    steps(MARKS, 'hosts: [one, two, three]');
    await blocked(
      /one[: ].*changeover trust|one.*SHA256/,
      new RegExp(`two.*port ${String(port)}.*`),
      /three.*\/nowhere\/id/,
    );
  });

  it('that is down for a moment while a run begins costs nothing: the run is blocked, and the next one works', async () => {
    steps(MARKS);
    const port = await freePort();
    work().inventory({ one: machine().entry({ port }) });
    expect(await work().changeover(...RUN)).toMatchObject({ code: 1 });
    work().inventory({ one: machine().entry() });
    expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
  });
});

needs('sshd')('what a host must have', () => {
  it('is told where sudo is not allowed, before anything is touched', async () => {
    // Somebody else than the login user, whom the stand-in sudo refuses.
    steps(`
      - id: mark
        become_user: nobody
        run: echo done >>~/marks
        on_rollback: {leave: a test}
    `);
    await machine().setFault('sudo-refused', true);
    await blocked(/one: .*sudo.*nobody/);
  });

  it('is told where a program is missing', async () => {
    steps(`
      - id: mark
        run: echo done >>~/marks
        on_rollback: {leave: a test}
      - id: serve
        service: {name: cron.service, state: started}
    `);
    // All programs that are there, but that one.
    const programs = machine().path('programs');
    mkdirSync(programs);
    for (const name of readdirSync('/usr/bin')) {
      if (name !== 'systemctl') symlinkSync(join('/usr/bin', name), join(programs, name));
    }
    const bare = await startSshd({ home: machine().sshd.home, path: programs });
    try {
      work().inventory({ one: machine().entry({ port: bare.port, key: bare.keyFile, host_key: bare.hostKeySha256 }) });
      await blocked(/one: missing on the host: systemctl; install/);
    } finally {
      await bare.stop();
    }
  });

  it('a folder to work in that is missing runs nothing anywhere, and the words say which', async () => {
    steps(`
      - id: mark
        chdir: /nowhere/at/all
        run: echo done >>~/marks
        on_rollback: {leave: a test}
    `);
    const plan = await work().changeover('plan', 'try', 'demo');
    expect([plan.code, plan.out]).toEqual([1, expect.stringContaining('/nowhere/at/all')]);
    const { code, out } = await work().changeover(...RUN);
    expect([code, out]).toEqual([3, expect.stringContaining('/nowhere/at/all')]);
    expect(marks()).toBe('');
    expect(
      work()
        .events()
        .findLast((event) => event.type === 'job_finished'),
    ).toMatchObject({
      outcome: 'failed',
      reached: 'prepare',
    });
  });
});

describe('a key', () => {
  const agents: ChildProcess[] = [];
  afterEach(() => {
    for (const agent of agents.splice(0)) agent.kill('SIGKILL');
  });

  needs(
    'sshd',
    'ssh-agent',
    'ssh-add',
  )('to log in with', () => {
    it('may be in an agent', async () => {
      steps(MARKS);
      work().inventory({ one: machine().entry({ key: undefined }) });
      const socket = join(work().folder, 'agent');
      agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
      await until(() => existsSync(socket));
      const added = spawnSync('ssh-add', ['-q', machine().sshd.keyFile], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
      });
      expect(added.status).toBe(0);
      expect(await work().changeoverWith({ SSH_AUTH_SOCK: socket }, ...RUN)).toMatchObject({ code: 0 });
      expect(marks()).toBe('done\n');
    });

    it('may be the text in CHANGEOVER_SSH_KEY, which shows nowhere', async () => {
      steps(MARKS);
      work().inventory({ one: machine().entry({ key: undefined }) });
      const key = readFileSync(machine().sshd.keyFile, 'utf8');
      const { code, out, err } = await work().changeoverWith({ CHANGEOVER_SSH_KEY: key }, '--json', ...RUN);
      expect(code).toBe(0);
      const secret = key.split('\n')[2] ?? '';
      expect(secret.length).toBeGreaterThan(40);
      expect(out + err + readFileSync(work().journalFile(), 'utf8')).not.toContain(secret);
    });

    it('that is missing is told with the three places where it may be', async () => {
      steps(MARKS);
      work().inventory({ one: machine().entry({ key: undefined }) });
      await blocked(/CHANGEOVER_SSH_KEY.*SSH_AUTH_SOCK/);
    });
  });
});

describe('a jump host', () => {
  let bastion: Sshd | undefined;
  afterEach(async () => {
    await bastion?.stop();
    bastion = undefined;
  });

  needs('sshd')('on the way', () => {
    it('is passed through, with a key checked on both', async () => {
      steps(MARKS);
      bastion = await startSshd();
      const jump = { address: '127.0.0.1', port: bastion.port, user: bastion.user, key: bastion.keyFile };
      work().inventory({
        jump: { ...jump, host_key: bastion.hostKeySha256 },
        one: machine().entry({ via: 'jump' }),
      });
      expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
      expect(marks()).toBe('done\n');
      expect(existsSync(join(bastion.home, '.changeover'))).toBe(false);

      work().inventory({ jump: { ...jump, host_key: OTHER_KEY }, one: machine().entry({ via: 'jump' }) });
      const { code, out } = await work().changeover(...RUN);
      expect([code, out]).toEqual([1, expect.stringContaining('jump')]);
      await bastion.stop();
      bastion = undefined;
      expect(await work().changeover(...RUN)).toMatchObject({ code: 1 });
      expect(marks()).toBe('done\n');
    });
  });
});
