import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bench, RUN } from './bench.ts';
import { MARK } from '../../src/playground/local-hosts/host-folder.ts';
import { needs } from '../support/needs.ts';
import { until, type Workplace } from './workplace.ts';

const { machine, work, steps } = bench();

/** Found nowhere else on the machine, and with all that a shell finds special. */
const SECRET = `pass'w"rd-$(x)-${String(process.pid)}`;
const GIVEN = { CHANGEOVER_SECRET_DB_PASSWORD: SECRET };
const TOP = 'hosts: [one]\nsecrets: [DB_PASSWORD]';

/** What of the secret may be found wherever it is printed. */
const FORMS = [
  SECRET,
  SECRET.replaceAll("'", String.raw`'\''`),
  JSON.stringify(SECRET).slice(1, -1),
  encodeURIComponent(SECRET),
  ...[0, 1, 2].map((before) =>
    Buffer.from(`${'.'.repeat(before)}${SECRET}`)
      .toString('base64')
      .slice(4, 20),
  ),
];

/** All files below a folder that hold it in one of its forms. */
function holding(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readIfThere(path);
      return bytes !== undefined && FORMS.some((form) => bytes.includes(form));
    });
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Processes whose command line or environment holds it. @param but leaves out those that hold this too */
function processesWith(file: 'cmdline' | 'environ', but?: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const bytes = readIfThere(`/proc/${pid}/${file}`);
      return (
        bytes !== undefined && FORMS.some((form) => bytes.includes(form)) && (but === undefined || !bytes.includes(but))
      );
    });
}

const home = (): string => machine().path('home');

/** Prints the secret in several ways, and stays until it is let go. */
const SAYS = `
  - id: says
    timeout: 60s
    secrets: [DB_PASSWORD]
    run: |
      printf '%s' "$DB_PASSWORD" | sha256sum >~/digest
      printf 'plain %s\\n' "$DB_PASSWORD" | cat
      printf '%s' "user:$DB_PASSWORD" | base64 -w 20
      printf '%s' "$DB_PASSWORD" | cat >&2
      touch ~/waits
      until [ -e ~/go-on ]; do sleep 0.05; done
      printf 'end %s\\n' "$DB_PASSWORD" | cat
    on_rollback: {leave: a test}
  - id: repeats
    env: {heard: '\${{ steps.says.stdout }}'}
    run: printf '%s' "$heard" >~/heard
    on_rollback: {leave: a test}
  - comment: 'it said: \${{ steps.says.stdout }}'
`;

const logOf = (place: Workplace, run: string, step: string, stream = 'out'): string =>
  readFileSync(join(place.journal, 'logs', run, 'one', step, `-/apply.1.${stream}`), 'utf8');

needs('sshd', 'bash')('a secret', () => {
  it('reaches the script that asks for it, and is nowhere else: not in lists, files, environments, records', async () => {
    steps(SAYS, TOP);
    const run = work().changeoverWith(GIVEN, ...RUN);
    await until(() => existsSync(join(home(), 'waits')));
    // While it runs: in no command line; in the environment of the script, what it starts, and of the bot that was given it.
    expect(processesWith('cmdline')).toEqual([]);
    // What runs on the host is told by its mark, in the same look: the script starts a process every moment.
    const others = processesWith('environ', `${MARK}=`);
    expect(others.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cli.js'))).toEqual([true]);
    // On the host's disk only what the script itself has printed.
    expect(holding(home()).filter((path) => !/\/apply\.1\/(out|err)$/.test(path))).toEqual([]);
    writeFileSync(join(home(), 'go-on'), '');
    const { code, out, err } = await run;
    expect([code, err]).toEqual([0, '']);

    expect(holding(home())).toEqual([]);
    expect(holding(work().folder)).toEqual([]);
    for (const form of FORMS) expect(out).not.toContain(form);
    expect(out).toContain('it said: plain ***');
    const [id = ''] = work().runs();
    const said = logOf(work(), id, 'says');
    expect(said).toMatch(/^plain \*\*\*\n[\w+/=\n]{0,12}\*\*\*\nend \*\*\*\n$/);
    expect(logOf(work(), id, 'says', 'err')).toBe('***');
    expect(`${readFileSync(join(home(), 'heard'), 'utf8')}\n`).toBe(said);
    expect(readFileSync(join(home(), 'digest'), 'utf8')).toContain(createHash('sha256').update(SECRET).digest('hex'));
    expect(await work().changeover('verify', id)).toMatchObject({ code: 0 });
    const logs = await work().changeover('logs', id, 'says');
    expect(logs.out).toContain('plain ***');
  });

  it('is masked in what other steps, conditions and facts print, and in why they failed', async () => {
    steps(
      `
      - id: keeps
        secrets: [DB_PASSWORD]
        run: umask 077; printf '%s' "$DB_PASSWORD" >~/kept
        on_rollback: {leave: a test}
      - id: shows
        run: cat ~/kept; rm ~/kept.no
        on_failure: continue
        on_rollback: {leave: a test}
      - assert: {run: 'cat ~/kept >&2; false'}
        on_failure: continue
      - comment: 'it is \${{ facts.kept }}'
    `,
      `${TOP}\nfacts: {kept: cat ~/kept}`,
    );
    const { out, err } = await work().changeoverWith(GIVEN, ...RUN);
    rmSync(join(home(), 'kept'));
    expect(err).toBe('');
    for (const form of FORMS) expect(out).not.toContain(form);
    expect(out).toContain('it is ***');
    expect(holding(work().folder)).toEqual([]);
  });

  it('is told to be missing before anything is touched, by plan and run, with what to set', async () => {
    steps('- {id: one, secrets: [DB_PASSWORD], run: touch ~/touched, on_rollback: {leave: a test}}', TOP);
    for (const words of [['plan', 'try', 'demo'], RUN]) {
      const { code, out } = await work().changeover(...words);
      expect(code).toBe(1);
      expect(out.replaceAll(/\s+/g, ' ')).toContain(
        'the secret DB_PASSWORD is not given to Changeover: set CHANGEOVER_SECRET_DB_PASSWORD where it runs',
      );
    }
    const short = await work().changeoverWith({ CHANGEOVER_SECRET_DB_PASSWORD: 'abc' }, ...RUN);
    expect([short.code, short.out.replaceAll(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining('shorter than 4 bytes'),
    ]);
    expect(existsSync(join(home(), 'touched'))).toBe(false);
  });

  it('may come from a file, also one of several lines, and in bash', async () => {
    const key = '-----BEGIN KEY-----\nMIIabcdefghij\nklmnop\n-----END KEY-----';
    mkdirSync(join(work().folder, 'secrets'));
    writeFileSync(join(work().folder, 'secrets/KEY'), `${key}\n`);
    steps(
      `
      - id: key
        shell: bash
        secrets: [KEY]
        run: |
          printf '%s' "$KEY" >~/key
          while read -r line; do printf '<%s>\\n' "$line"; done <~/key
        on_rollback: {leave: a test}
    `,
      'hosts: [one]\nsecrets: [KEY]',
    );
    const { code, out, err } = await work().changeoverWith(
      { CHANGEOVER_SECRETS: join(work().folder, 'secrets') },
      ...RUN,
    );
    expect([code, err]).toEqual([0, '']);
    expect(out).not.toContain('MIIabcdef');
    expect(readFileSync(join(home(), 'key'), 'utf8')).toBe(key);
    expect(logOf(work(), work().runs()[0] ?? '', 'key')).toBe('<***>\n<***>\n<***>\n');
  });

  it('is looked at by a dry run of a step that only reads, and masked there too', async () => {
    steps(`- {secrets: [DB_PASSWORD], read_only: true, run: 'printf "%s" "x$DB_PASSWORD" | cat'}`, TOP);
    const { code, out, err } = await work().changeoverWith(GIVEN, 'plan', 'try', 'demo');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('with the secrets DB_PASSWORD');
    expect(holding(work().folder)).toEqual([]);
    expect(
      work()
        .events()
        .find((event) => event.type === 'observed' && event.for === 'look'),
    ).toMatchObject({
      look: { read: { stdout: 'x***' } },
    });
  });
});

needs('sshd')('a worker that is killed while a secret is printed', () => {
  /** Ends in the midst of the secret, goes on when it is let go. */
  const HALF = `
    - id: half
      timeout: 60s
      secrets: [DB_PASSWORD]
      run: |
        begin=\${DB_PASSWORD%%rd*}
        printf 'before %s then %s' "$DB_PASSWORD" "$begin" | cat
        touch ~/waits
        until [ -e ~/go-on ]; do sleep 0.05; done
        printf '%s after\\n' "\${DB_PASSWORD#"$begin"}" | cat
        printf 'end\\n'
      on_rollback: {leave: a test}
  `;

  it('leaves the next one what shows neither half of it nor a byte twice', async () => {
    steps(HALF, TOP);
    const first = work().beginWith(GIVEN, ...RUN);
    await until(() => existsSync(join(home(), 'waits')));
    const [run = ''] = work().runs();
    const path = join(work().journal, 'logs', run, 'one/half/-/apply.1.out');
    await until(() => readIfThere(path)?.toString() === 'before *** then ');
    first.kill('SIGKILL');
    await first.ended;
    expect(holding(work().folder)).toEqual([]);

    const refused = await work().changeover('resume', run);
    expect([refused.code, refused.err]).toEqual([
      expect.any(Number),
      expect.stringContaining('set CHANGEOVER_SECRET_DB_PASSWORD'),
    ]);

    writeFileSync(join(home(), 'go-on'), '');
    const { code, err } = await work().changeoverWith(GIVEN, 'resume', run);
    expect([code, err]).toEqual([0, '']);
    expect(readFileSync(path, 'utf8')).toBe('before *** then *** after\nend\n');
    expect(holding(work().folder)).toEqual([]);
    expect(holding(home())).toEqual([]);
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });
});

describe('no_log', () => {
  needs('sshd')('of a step', () => {
    it('keeps and shows nothing of what it prints or was given, but how it ended', async () => {
      steps(
        `
        - id: quiet
          no_log: true
          env: {word: 'given-\${{ run.date }}-word'}
          run: echo "printed-$word"; echo printed-err >&2; exit 3
          on_failure: continue
          on_rollback: {leave: a test}
        - {no_log: true, read_only: true, id: looks, run: echo printed-look}
      `,
      );
      const planned = await work().changeover('plan', 'try', 'demo');
      expect(planned.code).toBe(0);
      expect(planned.out).toContain('nothing of what it prints is kept (no_log)');
      expect(planned.out).not.toMatch(/given-\d|printed-look\n.*printed-look/);
      const { out } = await work().changeover(...RUN);
      expect(out).not.toMatch(/given-\d|printed-given|printed-err\n/);
      const run = work().runs().at(-1) ?? '';
      expect(existsSync(join(work().journal, 'logs', run))).toBe(false);
      const end = work()
        .events()
        .find((event) => event.type === 'job_finished');
      expect(end).toMatchObject({
        outcome: 'failed',
        exit_code: 3,
        captured: { stdout: { head: '', tail: '' }, stderr: { head: '', tail: '' } },
      });
      expect((await work().changeover('logs', run, 'quiet')).out).toContain('as the procedure wants it: no_log');
      expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
    });
  });
});
