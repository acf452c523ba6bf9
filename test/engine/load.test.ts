import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { load } from '../../src/engine/load.ts';
import type { Source } from '../../src/engine/ports.ts';
import { misnamed } from '../../src/engine/procedure-names.ts';
import { planCall } from '../../src/engine/request.ts';
import type { Plan } from '../../src/plan/types.ts';

const PROCEDURE = `description: Configures the site
hosts: [web]
steps:
  - id: conf
    file:
      path: /etc/app.conf
      src: files/app.conf
    on_rollback:
      file: { path: /etc/app.conf, src: files/old.conf }
`;
const FILES = {
  'inventory.yml': 'hosts: { web: { address: web.example, user: ops } }\n',
  'procedures/site/conf.yml': PROCEDURE,
  'procedures/site/files/app.conf': 'port = ${{ 80 }}\n',
  'procedures/site/files/old.conf': 'port = 79\n',
  'procedures/other/files/app.conf': 'of another system\n',
};

type Files = Readonly<Record<string, string>>;

/** One commit, and what stands there. */
const sourceOf = (files: Files): Source => ({
  head: () => Promise.resolve('c0ffee'),
  read: (commit, path) => Promise.resolve(commit === 'c0ffee' ? files[path] : undefined),
  list: (_commit, folder) => Promise.resolve(Object.keys(files).filter((path) => path.startsWith(`${folder}/`))),
});

const without = (path: string): Files => Object.fromEntries(Object.entries(FILES).filter(([each]) => each !== path));

async function told(files: Files): Promise<readonly string[]> {
  const loading = await load(sourceOf(files), 'c0ffee', { system: 'site', verb: 'conf' });
  return loading.kind !== 'faulty'
    ? [loading.kind]
    : loading.problems.map(({ place: { file, line, column }, message }) => `${file}:${line}:${column} ${message}`);
}

async function planned(files: Files): Promise<Plan> {
  const call = { system: 'site', verb: 'conf', positional: [], named: [] };
  const made = await planCall({ source: sourceOf(files) }, call);
  if (made.kind !== 'planned') throw new Error(JSON.stringify(made));
  return made.plan;
}

describe('a file beside a procedure', () => {
  const path = 'procedures/site/files/app.conf';
  const text = (changed: string): Files => ({ ...FILES, [path]: changed });

  it('is read at the commit of the plan, and becomes the content as it is', async () => {
    const { steps } = await planned(FILES);
    expect(steps[0]?.work).toMatchObject({ stdin: { lit: 'port = ${{ 80 }}\n' } });
    const undo = steps[0]?.undo;
    expect(undo?.kind === 'steps' ? undo.steps[0]?.work : undo).toMatchObject({ stdin: { lit: 'port = 79\n' } });
  });

  it('is one of the procedure’s files, so that both digests change with it, and only with it', async () => {
    const plan = await planned(FILES);
    for (const changed of [text('port = 81\n'), { ...FILES, 'procedures/site/files/old.conf': '' }]) {
      const other = await planned(changed);
      expect(other.procedure_digest).not.toBe(plan.procedure_digest);
      expect(other.plan_digest).not.toBe(plan.plan_digest);
    }
    const beside = { ...FILES, 'procedures/site/files/unused.conf': 'x', 'procedures/other/files/app.conf': 'y' };
    expect((await planned(beside)).plan_digest).toBe(plan.plan_digest);
    const loading = await load(sourceOf(FILES), 'c0ffee', { system: 'site', verb: 'conf' });
    if (loading.kind !== 'ok') throw new Error(loading.kind);
    expect(loading.loaded.files).toContainEqual({
      path,
      sha256: createHash('sha256').update(FILES[path]).digest('hex'),
    });
  });

  it('must be there; told where it is named, with the nearest there is', async () => {
    expect(await told(without(path))).toEqual([
      'procedures/site/conf.yml:7:12 there is no file "files/app.conf" beside this procedure; did you mean "files/old.conf"?',
    ]);
    const undo = await told(without('procedures/site/files/old.conf'));
    expect(undo).toEqual([expect.stringContaining('conf.yml:9:41 there is no file "files/old.conf"')]);
    expect(await told({ ...without(path), 'procedures/site/files/app.conf/x': '' })).toEqual([
      expect.stringContaining('there is no file "files/app.conf"'),
    ]);
  });

  it('must be a text in UTF-8 of at most 256 KiB', async () => {
    const no = (words: string) => [expect.stringContaining(`conf.yml:7:12 "files/app.conf" ${words}`)];
    expect(await told(text('a\0b'))).toEqual(no('is no text in UTF-8'));
    expect(await told(text(Buffer.from([0x61, 0xe4, 0x0a]).toString('utf8')))).toEqual(no('is no text in UTF-8'));
    expect(await told(text('é'.repeat(131_073)))).toEqual(no('is larger than 256 KiB'));
    expect(await told(text('é'.repeat(131_072)))).toEqual(['ok']);
    expect(await told(text(''))).toEqual(['ok']);
  });

  it('is looked for though the inventory is faulty, and everything is told at once', async () => {
    const problems = await told({ ...without(path), 'inventory.yml': 'hosts: 1\n' });
    expect(problems).toEqual([
      expect.stringContaining('there is no file'),
      expect.stringMatching(/^inventory\.yml:1:8 /),
    ]);
  });
});

describe('a YAML file that no command can reach', () => {
  it.each([
    ['procedures/pryv/up.yaml', 'name it up.yml'],
    ['procedures/pryv/Up_x.yml', 'name it up-x.yml'],
    ['procedures/pryv/2nd.YML', 'name it nd.yml'],
    ['procedures/My_Pryv/up.yml', 'name it my-pryv/up.yml'],
    ['procedures/pryv/__.yml', 'name it <verb>.yml'],
    ['procedures/up.yml', '<system>/<verb>.yml'],
    ['procedures/pryv/old/up.yml', '<system>/<verb>.yml'],
    ['procedures/files/pryv/up.yml', '<system>/<verb>.yml'],
  ])('%s', (path, words) => {
    expect(misnamed(path)).toContain(words);
  });

  it.each([
    'procedures/pryv/upgrade.yml',
    'procedures/pryv/files/any Name.yaml',
    'procedures/pryv/files/deep/x.yml',
    'procedures/README.md',
    'procedures/pryv/notes',
  ])('is not %s', (path) => {
    expect(misnamed(path)).toBeUndefined();
  });
});
