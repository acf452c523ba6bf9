/**
 * Every YAML example of the docs, really run by the built command line on a machine behind a real SSH server: what shows
 * an error gives exactly that, and all others do what they say to the end.
 *
 * What a page shows of a procedure is put into the smallest one (`exampleOf` in test/docs/examples.ts). Programs that a
 * test machine does not have are stand-ins. A path of the machine's own is one below the stand-in's folder: `/srv/app` is
 * `<folder>/srv/app`.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import { type Example, examples, type Kind } from '../docs/examples.ts';
import { needs } from '../support/needs.ts';
import { startMachine, type Machine } from './machine.ts';
import { type Ended, makeWorkplace, type Workplace } from './workplace.ts';

/** What is not run, and why. */
const NOT_RUN: Readonly<Partial<Record<Kind, string>>> = {
  inventory: 'its addresses are nobody’s; it is checked, and procedures run with one of the same form',
  workflow: 'GitHub runs it; its form is held by test/docs, and the program in it by test/acceptance/github-action',
};

/** Shell scripts for programs that examples call; `$1` and so on are their words, `$root` is the folder. */
const PROGRAMS: Readonly<Record<string, string>> = {
  app: 'grep -q workers "$2"',
  'app-admin': 'echo token',
  curl: 'echo 2.4',
  dnf: '[ "$2" = system-upgrade ]',
  docker: '[ "$1" = pull ]',
  'drop-old-tables': 'true',
  'dump-app': 'echo dumped',
  'fetch-release': 'mkdir -p "$root/srv/app-$1"',
  // Users that this machine does not have.
  id: 'case "$*" in "-u app" | "-u postgres") echo 1000 ;; *) exec /usr/bin/id "$@" ;; esac',
  ip: '[ "$1 $4 $5" = "address dev eth0" ]',
  maintenance: 'case $1 in on | off) ;; *) exit 1 ;; esac',
  'move-data': 'true',
  pg_dump: 'echo "-- $1"',
  psql: 'grep -q PASSWORD && [ -n "$DB_PASSWORD" ]',
};

/** Procedures that examples call. */
const CALLED: Readonly<Record<string, string>> = {
  stop: `description: Stop all\nhosts: [web1]\nparams: { release: {}, grace: { type: int } }
steps:\n  - { id: nginx, become: true, service: { name: nginx, state: stopped } }\n`,
  check: 'description: Look\nhosts: [web1]\nsteps:\n  - { assert: true }\n',
};

/** A stand-in cannot really start anew: of such an example only the dry run is done. test/acceptance/reboot does the rest. */
const isRestart = (file: string): boolean => /^ +reboot:/m.test(file);

const ROOTS = /(?<![\w.$}/:])\/(srv|etc|var|backup|usr|opt|home|boot)(?=[\s/"',}]|$)/gm;

/** What is there when an example begins. */
const FILES: Readonly<Record<string, string>> = {
  'srv/app/RELEASE': '2.3\n',
  'srv/app/ROLE': 'standby\n',
  'srv/app/migrate': '#!/bin/sh\n[ "$1 $3" = "--from --to" ]\n',
  'srv/app-new/index': 'new\n',
  'srv/app-2.4/index': 'new\n',
  'srv/function': 'production\n',
  'etc/app/app.conf': 'workers = 1\n',
  'etc/nginx/conf.d/site.conf': '# empty\n',
  'etc/cron.d/app': '# nothing\n',
  'etc/ssh/sshd_config': '#Port 22\n',
  'etc/hosts': '127.0.0.1 localhost\n',
  'var/cache/other': '',
  'var/site-2.4/index': 'new\n',
  'backup/old.sql': '',
  'usr/local/sbin/switch_site.sh': '#!/bin/sh\nroot=${0%/usr/*}\nln -sfn "$root/var/site-$1" "$root/var/site"\n',
};
const UNITS = ['app', 'nginx', 'redis'];

/** `/srv/app` is a link to a release's folder. */
function asLink(path: (name: string) => string): void {
  rmSync(path('srv/app'), { recursive: true });
  mkdirSync(path('srv/app-2.3'));
  symlinkSync('app-2.3', path('srv/app'));
}

function prepare(machine: Machine, file: string): void {
  const path = (name: string): string => machine.path(name);
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  };
  for (const [name, text] of Object.entries(FILES)) put(name, text);
  for (const unit of UNITS) {
    put(`state/units/${unit}.service/active`, 'active\n');
    put(`state/units/${unit}.service/enabled`, 'enabled\n');
  }
  for (const [name, text] of Object.entries(PROGRAMS)) {
    rmSync(path(`bin/${name}`), { force: true });
    put(`bin/${name}`, `#!/bin/sh\nroot='${machine.folder}'\n${text}\n`);
  }
  machine.before('systemctl', '[ "$1" != reload ] || exit 0');
  // A list, where one is wanted.
  if (file.includes('fromJSON(facts.release)')) put('srv/app/RELEASE', '["2.1", "2.2"]\n');
  if (file.includes('symlink: { path: /srv/app,')) asLink(path);
}

/** The words that give the params of a procedure which need a value, and its first environment. */
function wordsFor(file: string): readonly string[] {
  const read = parseProcedure(file, { file: 'upgrade.yml', system: 'app', verb: 'upgrade', actions });
  const { params, environments = [] } = read.ok ? read.value : { params: [] };
  return [
    ...params.filter(({ required }) => required).map(({ name, type }) => `${name}=${type === 'host' ? 'web1' : '2.4'}`),
    ...environments.slice(0, 1).map(({ name }) => `environment=${name}`),
  ];
}

/** The example at any hour. */
const opened = (file: string): string =>
  file.replaceAll(/window: \{.*\}/g, 'window: { not_before: 2020-01-01T00:00Z }');

const DONE: ReadonlySet<string> = new Set(['ok', 'changed']);

/** Runs it, and does what it waits for. */
async function runThrough(work: Workplace, words: readonly string[]): Promise<Ended> {
  const env = { CHANGEOVER_SECRET_DB_PASSWORD: 'correct horse' };
  let ended = await work.changeoverWith(env, 'run', 'upgrade', 'app', ...words, '--yes');
  for (let answers = 0; ended.code === 3 && answers < 5; answers += 1) {
    const run = work.runs().at(-1) ?? '';
    const [unwell] = work.events().filter((event) => event.type === 'job_finished' && !DONE.has(event.outcome));
    if (unwell !== undefined) return ended;
    if (!ended.err.includes('at a terminal: ')) ended = await work.changeoverWith(env, 'decide', run, 'continue');
    else {
      const [first] = work.events();
      const terminal = work.beginAtTerminal(100, 'resume', run);
      await terminal.says('/ abort?');
      terminal.type(`approve ${first?.type === 'run_requested' ? first.plan.plan_digest.slice(0, 8) : ''}`);
      ended = await terminal.ended;
    }
  }
  return ended;
}

const rows = examples().map((example): [string, Example] => [`${example.at}, ${example.under}`, example]);
const procedures = rows.filter(([, { kind }]) => kind === 'procedure');

needs(
  'sshd',
  'rsync',
  'script',
  'shellcheck',
)('an example of the docs', () => {
  it.each(procedures)('does what it says: %s', async (_at, example) => {
    const machine = await startMachine();
    const work = makeWorkplace();
    try {
      prepare(machine, example.file);
      const below = (text: string): string => text.replaceAll(ROOTS, `${machine.folder}/$1`);
      const mine = example.file.replaceAll('owner: root', `owner: ${machine.sshd.user}`);
      work.procedure('app/upgrade', below(mine));
      mkdirSync(join(work.folder, 'procedures/app/files'), { recursive: true });
      writeFileSync(join(work.folder, 'procedures/app/files/tls.conf'), 'ssl on;\n');
      work.inventory({ web1: machine.entry() }, { web: ['web1'] });

      if (example.says !== undefined) {
        work.procedure('app/upgrade', example.file);
        const { code, out } = await work.changeover('lint');
        expect([code, out.replaceAll(`${work.folder}/`, '')]).toEqual([2, `${example.says}\n`]);
        return;
      }
      const words = wordsFor(example.file);
      const called = Object.entries(CALLED).filter(([name]) => example.file.includes(`app/${name}\n`));
      for (const [name, text] of called) work.procedure(`app/${name}`, text);
      const clean = expect.stringMatching(/^\d procedures?: clean\n$/);
      expect(await work.changeover('lint')).toEqual({ code: 0, out: clean, err: '' });
      work.procedure('app/upgrade', opened(below(mine)));
      const env = { CHANGEOVER_SECRET_DB_PASSWORD: 'correct horse' };
      const plan = await work.changeoverWith(env, 'plan', 'upgrade', 'app', ...words);
      expect([plan.code, plan.code === 0 ? plan.err : plan.out + plan.err]).toEqual([0, '']);
      if (isRestart(example.file)) return;
      const ended = await runThrough(work, words);
      expect([ended.code, ended.code === 0 ? '' : ended.out + ended.err]).toEqual([0, '']);
      const status = example.file.includes('on_success: rollback') ? 'rolled_back' : 'succeeded';
      expect(work.events().at(-1)).toMatchObject({ type: 'run_finished', status });
      // Skipped is what a condition, or an item that is not there, leaves out; here nothing is.
      const finished = work.events().filter((event) => event.type === 'job_finished');
      expect(finished.filter((event) => !DONE.has(event.outcome))).toEqual([]);
    } finally {
      work.remove();
      await machine.remove();
    }
  });

  it('is run, or it is said why not', () => {
    const rest = rows.filter(([, { kind }]) => kind !== 'procedure');
    expect(rest.length).toBeGreaterThan(1);
    expect(rest.filter(([, { kind }]) => NOT_RUN[kind] === undefined)).toEqual([]);
  });

  it.each(rows.filter(([, { kind }]) => kind === 'inventory'))('is clean: %s', async (_at, { file }) => {
    const work = makeWorkplace();
    try {
      work.inventory(file);
      expect(await work.changeover('lint')).toEqual({ code: 0, out: '0 procedures: clean\n', err: '' });
    } finally {
      work.remove();
    }
  });
});
