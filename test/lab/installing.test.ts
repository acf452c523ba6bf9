/** docs/server.md and docs/action.md, command by command, on what they are for: a fresh checkout, hosts, containers. */
import { cpSync, readFileSync, realpathSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { procedure } from '../acceptance/bench.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from '../acceptance/support/thread-bench.ts';
import { until } from '../acceptance/workplace.ts';
import { blocks, commandsOf, ROOT, shown } from '../docs/pages.ts';
import { findProgram } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { command, type Done, LONG_MS, must } from './support/command.ts';
import { describeInLab, type Lab, LAB_MS, openLab } from './support/lab.ts';

const PAGE = 'docs/server.md';
/** Less than a test may take, so that it is what is named. */
const INSTALL_MS = 300_000;
const NOT_COPIED = /^(\.git|\.cache|node_modules|dist|coverage)$/;

const WORK = procedure(`
  - id: first
    run: |
      echo first >>~/lines
      until [ -e ~/go-on ]; do sleep 0.1; done
    on_rollback: {leave: a test}
  - id: second
    run: echo second >>~/lines
    on_rollback: {leave: a test}
`);

/** Hands connections on to the local GitHub, which answers to nobody by another name or from another machine. */
const TO_GITHUB = `
const { connect, createServer } = require('node:net');
const [port, socket] = process.argv.slice(1);
createServer((one) => {
  const other = connect(socket);
  for (const [from, to] of [[one, other], [other, one]]) from.on('error', () => to.destroy()).pipe(to);
}).listen(Number(port), '127.0.0.1');
`;

/** A stand-in for GitHub's command line: it keeps what it would send. */
const GH = `#!/bin/sh
set -eu
[ "$#" = 5 ] && [ "$2 $4" = 'set --env' ]
cat >"/root/sent/$1.$3.$5"
`;

const openApi = await loadOpenApi();

describeWith(openApi)('Changeover, installed as its pages say', (checker) => {
  describeInLab('for real', () => {
    let lab: Lab;
    let checkout: string;
    let installed: Promise<Done>;
    let end = async (): Promise<unknown> => undefined;
    beforeAll(async () => {
      lab = await openLab();
      end = lab.remove;
      checkout = join(lab.house.folder, 'checkout');
      cpSync(ROOT, checkout, {
        recursive: true,
        filter: (path) => !NOT_COPIED.test(path.slice(ROOT.length).split('/')[0] ?? ''),
      });
      const [install = ''] = shown(PAGE, 'sh', 'Install it');
      expect(install).toBe('npm ci');
      // What CI has fetched for its own `npm ci` need not be fetched again.
      const env = { HOME: process.env['HOME'] ?? '', npm_config_prefer_offline: 'true' };
      installed = command(['sh', '-euc', `cd "$1" && ${install}`, 'sh', checkout], { env, patienceMs: INSTALL_MS });
      // Whether it has gone well is for the tests to say. It writes into the lab's folder until it is over.
      const over = installed.catch(() => undefined);
      end = () => over.then(lab.remove);
    }, LAB_MS);
    afterAll(() => end(), INSTALL_MS + 120_000);
    endAfterEach();

    /** The page's settings, and what is not the page's: GitHub is a local one, and no webhook reaches these servers. */
    function settings(bench: Bench): string {
      const [page = ''] = shown(PAGE, 'sh', 'Install it').filter((text) => text.includes('APP_ID='));
      const own = { GITHUB_API_URL: bench.github.url, CHANGEOVER_PACE: 'none', CHANGEOVER_LOOK_SECONDS: '1' };
      const lines = Object.entries(own).map(([name, value]) => `${name}=${value}`);
      return `${page.replace('12345', '7001')}\n${lines.join('\n')}\n`;
    }

    /** Whoever has this network asks the local GitHub where it would on this machine. */
    async function leadToGitHub(bench: Bench, network: string): Promise<void> {
      const socket = join(lab.house.folder, `github-${String((sockets += 1))}`);
      const server: Server = createServer((one) => {
        const other = connect(bench.github.port, '127.0.0.1');
        one.on('error', () => other.destroy()).pipe(other);
        other.on('error', () => one.destroy()).pipe(one);
      }).listen(socket);
      atEnd(() => {
        server.close();
      });
      await until(() => server.listening);
      const port = String(bench.github.port);
      const lead = ['nsenter', `--net=${network}`, process.execPath, '-e', TO_GITHUB, port, socket];
      // It ends with the lab.
      void lab.house.run(lead, { patienceMs: LONG_MS }).catch(() => undefined);
    }
    let sockets = 0;

    it('as a server is built by npm, runs as a service that nobody but root can change, outlives kills and restarts, and stops in good order', async () => {
      const [host, one] = await Promise.all([lab.host('bot'), lab.host('one')]);
      const entry = one.entry({ key: '/var/lib/changeover/id' });
      const bench = await openBench(checker, {
        'inventory.yml': inventoryOf({ one: entry }),
        'procedures/demo/work.yml': WORK,
      });
      await leadToGitHub(bench, '/run/netns/bot');
      // Before anything of Changeover's: Node, a checkout that was installed in, and what the page has people bring along.
      expect(await installed).toMatchObject({ code: 0 });
      await host.write('/usr/bin/node', readFileSync(process.execPath), '755');
      // The bundles hold all that they need, so that the packages need not be carried over.
      const tar = join(lab.house.folder, 'checkout.tar');
      await must(['tar', '-C', checkout, '--exclude=./node_modules', '-cf', tar, '.'], { patienceMs: LONG_MS });
      await host.must('mkdir /opt/changeover && tar -x --no-same-owner -C /opt/changeover', [], {
        input: readFileSync(tar),
        patienceMs: LONG_MS,
      });
      await host.write('/root/changeover.private-key.pem', bench.env['PRIVATE_KEY'] ?? '', '600');
      await host.write('/root/changeover.env', settings(bench), '600');

      const commands = commandsOf(PAGE, 'Install it').filter((typed) => !/^(?:export|node) /.test(typed));
      const isAsking = (typed: string): boolean => typed.startsWith('curl ');
      const [unit = ''] = shown(PAGE, 'ini', 'Install it');
      await host.write('/etc/systemd/system/changeover.service', unit);
      expect(await host.must('systemd-analyze verify /etc/systemd/system/changeover.service 2>&1')).toBe('');
      for (const typed of commands.filter((each) => !isAsking(each))) {
        if (typed.startsWith('systemctl '))
          await host.must('umask 077; cat >/var/lib/changeover/id; chown changeover: /var/lib/changeover/id', [], {
            input: readFileSync(lab.keyFile),
          });
        await host.must(`cd /root && ${typed}`);
      }
      const [health = '', ready = ''] = commands.filter(isAsking);
      const isReady = (): Promise<void> => host.until(`${ready} | grep '"ready":true'`);
      await isReady();
      expect(await host.must(health)).toBe('ok\n');
      const modes =
        "stat -c '%a %U' /etc/changeover /etc/changeover/app.pem /etc/changeover/server.env /var/lib/changeover";
      expect(await host.must(modes)).toBe('700 root\n600 root\n600 root\n700 changeover\n');
      const main = 'systemctl show --property=MainPID --value changeover';
      expect(await host.must(`stat -c %U /proc/$(${main})`)).toBe('changeover\n');
      for (const text of ['cat /etc/changeover/app.pem', 'touch /opt/changeover/dist/server.js'])
        expect((await host.run('runuser -u changeover -- sh -c "$1"', [text])).code).not.toBe(0);

      const asked = await bench.words.write('william', '/work demo');
      await one.until('grep first ~ops/lines');
      const before = await host.must(main);
      await host.must('systemctl kill --signal=KILL changeover');
      await host.until(`[ "$(${main})" != "$1" ] && [ "$(${main})" != 0 ]`, [before.trim()]);
      await isReady();
      const started = (times: number): string =>
        `[ "$(grep -c '"run_started"' /var/lib/changeover/runs/*.jsonl)" = ${String(times)} ]`;
      await host.until(started(2));
      await host.must('systemctl stop changeover');
      expect(await host.must('systemctl show --property=Result,ExecMainStatus changeover')).toBe(
        'Result=success\nExecMainStatus=0\n',
      );
      await bench.words.answerTo(asked, /waits for its next worker[^]*was stopped at/);
      // What was enabled comes back with its host.
      await host.reboot();
      await host.until(started(3));
      await one.must('touch ~ops/go-on');
      await bench.words.answerTo(asked, /kind=end.*\n.*succeeded/);
      expect(await one.must('cat ~ops/lines')).toBe('first\nsecond\n');
      const [status = ''] = commandsOf(PAGE, 'The journal folder');
      expect(await host.must(`cd /opt/changeover && ${status}`)).toContain('succeeded');
    }, 600_000);

    it('as a server runs as a container of the image, which the page’s command builds: healthy, without root, taking up its runs', async () => {
      const { house } = lab;
      const host = await lab.host('two');
      const bench = await openBench(checker, {
        'inventory.yml': inventoryOf({ two: host.entry({ key: '/var/lib/changeover/id' }) }),
        'procedures/demo/work.yml': WORK.replace('[one]', '[two]'),
      });
      await installed;
      const work = join(house.folder, 'work');
      // What the page calls `docker` is podman here, with a place of its own. Only Docker's format has health checks.
      await mkdir(join(work, 'bin'), { recursive: true });
      const words = house.podmanWords.map((word) => `'${word}'`).join(' ');
      await writeFile(join(work, 'bin/docker'), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
      const env = {
        ...house.env,
        PATH: `${work}/bin:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
        BUILDAH_FORMAT: 'docker',
        BUILDAH_LAYERS: 'false',
      };
      const sh = async (script: string, folder = work): Promise<string> => {
        const { code, out, err } = await house.run(['sh', '-euc', `cd "$0" && ${script}`, folder], {
          env,
          patienceMs: LONG_MS,
        });
        expect([script, code, code === 0 ? '' : out + err]).toEqual([script, 0, '']);
        return out;
      };
      await makeBase(join(work, 'base'), sh);
      const [build = '', run = ''] = commandsOf(PAGE, 'In a container');
      // There is no network inside, so that what npm has fetched is lent to it.
      const cache = (
        await must(['npm', 'config', 'get', 'cache'], { env: { HOME: process.env['HOME'] ?? '' } })
      ).trim();
      const lent = `[containers]\ndefault_ulimits = []\nvolumes = ["${cache}/_cacache:/root/.npm/_cacache"]\n`;
      await writeFile(join(work, 'build.conf'), lent);
      await sh(`CONTAINERS_CONF='${work}/build.conf' ${build}`, checkout);
      await writeFile(join(work, 'server.env'), settings(bench));
      await writeFile(join(work, 'app.pem'), bench.env['PRIVATE_KEY'] ?? '');
      await chmod(join(work, 'app.pem'), 0o600);
      await chown(join(work, 'app.pem'), 1000, 1000);

      // Containers reach the hosts as they would anything outside.
      await house.must(['ip', 'addr', 'add', `${house.freshAddress()}/27`, 'dev', 'lab0']);
      await sh(run);
      const inspect = async (what: string): Promise<string> =>
        (await sh(`docker inspect --format '{{${what}}}' changeover`)).trim();
      /** Its main process, which is another one after each start. */
      const process1 = async (): Promise<string> => inspect('.State.Pid');
      const isReady = async (): Promise<void> => {
        await leadToGitHub(bench, `/proc/${await process1()}/ns/net`);
        await until(async () =>
          (await house.run(['curl', '--silent', 'http://127.0.0.1:3000/readyz'])).out.includes('"ready":true'),
        );
        await sh('docker healthcheck run changeover');
      };
      await isReady();
      expect(await sh('docker exec changeover id -u')).toBe('1000\n');
      expect(await sh('docker exec changeover ls -A /app')).toBe('dist\npackage.json\nprocedures\n');
      const put = `docker exec --interactive changeover sh -c 'umask 077; cat >/var/lib/changeover/id'`;
      await sh(`${put} <'${lab.keyFile}'`);

      const asked = await bench.words.write('william', '/work demo');
      await host.until('grep first ~ops/lines');
      // The container that comes after it can tell that this process is dead, and nobody else's is.
      const before = await process1();
      await house.must(['kill', '-KILL', before]);
      await until(async () => ![before, '0'].includes(await process1()));
      await isReady();
      await host.must('touch ~ops/go-on');
      await bench.words.answerTo(asked, /kind=end.*\n.*succeeded/);
      expect(await host.must('cat ~ops/lines')).toBe('first\nsecond\n');
      await sh('docker stop changeover');
      expect(await inspect('.State.ExitCode')).toBe('0');
    }, 600_000);

    it('as an Action has a key that leads to the host, and the host’s own key, where the page puts them', async () => {
      const [operator, host] = await Promise.all([lab.host('operator'), lab.host('web1')]);
      // Somebody who can log in as root already, and looks for keys where sshd does by itself.
      await host.must(
        'sed -i "s#^AuthorizedKeysFile .*#& .ssh/authorized_keys#" /etc/ssh/sshd_config.d/lab.conf; systemctl reload ssh',
      );
      await operator.write('/root/.ssh/id_ed25519', readFileSync(lab.keyFile), '600');
      await operator.write('/root/.ssh/config', 'StrictHostKeyChecking accept-new\n', '600');
      await operator.must('echo "$1 web1.example.org" >>/etc/hosts; mkdir /root/sent /root/work', [host.address]);
      await operator.write('/usr/local/bin/gh', GH, '755');
      const typed = blocks('docs/action.md', 'sh').filter(({ under }) => under === 'Install it in ten minutes');
      expect(typed).toHaveLength(2);
      const [, found] = await operator
        .must(`cd /root/work\n${typed.map(({ text }) => text).join('\n')}`)
        .then((said) => /^256 (SHA256:\S+) web1\.example\.org \(ED25519\)$/m.exec(said) ?? []);
      expect(found).toBe(host.entry()['host_key']);
      expect(await operator.must('ls -A /root/work /root/sent')).toBe(
        '/root/sent:\nsecret.CHANGEOVER_SSH_KEY.changeover\nvariable.CHANGEOVER_KNOWN_HOSTS.changeover\n\n' +
          '/root/work:\nchangeover-key.pub\nknown_hosts\n',
      );
      // With what was sent, and nothing else, a runner gets in.
      await operator.must('cd /root/sent && chmod 600 secret.* && rm -r /root/.ssh');
      const options =
        '-F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/root/sent/variable.CHANGEOVER_KNOWN_HOSTS.changeover';
      const login = `ssh ${options} -i /root/sent/secret.CHANGEOVER_SSH_KEY.changeover root@web1.example.org id -u`;
      expect(await operator.must(login)).toBe('0\n');
    }, 120_000);

    /**
     * A stand-in for the base that the Dockerfile names, under that name: the hosts' Debian, and this machine's Node and npm.
     */
    async function makeBase(folder: string, sh: (script: string, folder: string) => Promise<string>): Promise<void> {
      await mkdir(folder);
      const [, name = ''] = /^ARG BASE=(\S+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
      const npm = join(realpathSync(findProgram('npm') ?? ''), '../..');
      for (const [from, to] of [
        [process.execPath, 'node'],
        [npm, 'npm'],
      ] as const)
        cpSync(from, join(folder, to), { recursive: true });
      await writeFile(join(folder, 'npmrc'), 'prefer-offline=true\nfetch-retries=0\n');
      const lines = [
        'FROM localhost/changeover-lab',
        'LABEL stand-in="for an image of Node, in tests"',
        'COPY node /usr/local/bin/node',
        'COPY npm /usr/local/lib/node_modules/npm',
        'COPY npmrc /root/.npmrc',
        'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
      ];
      await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
      await sh(`docker build --quiet --tag ${name} .`, folder);
    }
  });
});
