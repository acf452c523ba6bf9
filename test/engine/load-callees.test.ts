import { describe, expect, it } from '@jest/globals';
import { load } from '../../src/engine/load.ts';
import type { Source } from '../../src/engine/ports.ts';
import { planCall } from '../../src/engine/request.ts';
import type { Plan } from '../../src/plan/types.ts';

type Files = Readonly<Record<string, string>>;

const FILES: Files = {
  'inventory.yml': 'hosts: { web: { address: web.example, user: ops }, db: { address: db.example, user: ops } }\n',
  'procedures/site/up.yml': `description: Upgrades
hosts: [web]
steps:
  - id: stop
    call: { procedure: other/stop, with: { n: 3 } }
  - id: again
    call: { procedure: other/stop, with: { n: 4 } }
`,
  'procedures/other/stop.yml': `description: Stops
hosts: [web]
params: { n: { type: int } }
steps:
  - id: conf
    file: { path: /etc/app.conf, src: files/app.conf }
  - id: inner
    call: site/inner
`,
  'procedures/other/files/app.conf': 'of other\n',
  'procedures/site/files/app.conf': 'of site\n',
  'procedures/site/inner.yml': `description: Inner
hosts: [web]
steps:
  - id: conf
    file: { path: /etc/app.conf, src: files/app.conf }
`,
};

/** One commit, what stands there, and what was read of it. */
function sourceOf(files: Files, read: string[] = []): Source {
  return {
    head: () => Promise.resolve('c0ffee'),
    read: (commit, path) => {
      read.push(path);
      return Promise.resolve(commit === 'c0ffee' ? files[path] : undefined);
    },
    list: (_commit, folder) => {
      read.push(`${folder}/`);
      return Promise.resolve(Object.keys(files).filter((path) => path.startsWith(`${folder}/`)));
    },
  };
}

async function told(changes: Files, without?: string): Promise<readonly string[]> {
  const files = Object.fromEntries(Object.entries({ ...FILES, ...changes }).filter(([path]) => path !== without));
  const loading = await load(sourceOf(files), 'c0ffee', { system: 'site', verb: 'up' });
  return loading.kind !== 'faulty'
    ? [loading.kind]
    : loading.problems.map(({ place: { file, line, column }, message }) => `${file}:${line}:${column} ${message}`);
}

async function planned(changes: Files = {}, read?: string[]): Promise<Plan> {
  const call = { system: 'site', verb: 'up', positional: [], named: [] };
  const made = await planCall({ source: sourceOf({ ...FILES, ...changes }, read) }, call);
  if (made.kind !== 'planned') throw new Error(JSON.stringify(made));
  return made.plan;
}

describe('called procedures', () => {
  it('are read at the commit of the plan, each once, with the files beside them', async () => {
    const read: string[] = [];
    const { steps } = await planned({}, read);
    expect(steps.map(({ id, work }) => [id, work.kind === 'job' ? work.stdin : undefined])).toEqual([
      ['stop/conf', { lit: 'of other\n' }],
      ['stop/inner/conf', { lit: 'of site\n' }],
      ['again/conf', { lit: 'of other\n' }],
      ['again/inner/conf', { lit: 'of site\n' }],
    ]);
    const times = (path: string): number => read.filter((each) => each === path).length;
    for (const path of Object.keys(FILES)) expect([path, times(path)]).toEqual([path, 1]);
  });

  it('change both digests with themselves and the files beside them, and only these', async () => {
    const { plan_digest: plan, procedure_digest: procedure } = await planned();
    for (const path of ['procedures/other/stop.yml', 'procedures/site/inner.yml', 'procedures/other/files/app.conf']) {
      const other = await planned({ [path]: `${FILES[path] ?? ''}# changed\n` });
      expect([path, other.procedure_digest === procedure, other.plan_digest === plan]).toEqual([path, false, false]);
    }
    const same = await planned({ 'procedures/other/start.yml': 'no procedure' });
    expect([same.procedure_digest, same.plan_digest]).toEqual([procedure, plan]);
  });

  it('must be there; told at each call, with the nearest there is', async () => {
    expect(
      await told({
        'procedures/site/up.yml': FILES['procedures/site/up.yml']!.replaceAll('other/stop', 'other/stopp'),
      }),
    ).toEqual([
      'procedures/site/up.yml:5:24 there is no procedure other/stopp, since there is no file procedures/other/stopp.yml; did you mean "other/stop"?',
      'procedures/site/up.yml:7:24 there is no procedure other/stopp, since there is no file procedures/other/stopp.yml; did you mean "other/stop"?',
    ]);
    expect(await told({}, 'procedures/site/inner.yml')).toEqual([
      'procedures/other/stop.yml:8:11 there is no procedure site/inner, since there is no file procedures/site/inner.yml: write that file, or name another',
    ]);
  });

  it('are checked with their caller, and what is wrong with them is told at its place in their own file', async () => {
    const inner = FILES['procedures/site/inner.yml']!;
    expect(await told({ 'procedures/site/inner.yml': inner.replace('path:', 'paht:') })).toEqual([
      expect.stringMatching(/^procedures\/site\/inner\.yml:5:13 unknown key "paht"; did you mean "path"\?/),
    ]);
    expect(await told({ 'procedures/site/inner.yml': inner.replace('[web]', '[web, db]') })).toEqual([
      "procedures/other/stop.yml:8:11 site/inner may touch db, which is not among this procedure's hosts: add it to hosts",
    ]);
    expect(
      await told({ 'procedures/other/stop.yml': FILES['procedures/other/stop.yml']!.replace('[web]', '[wbe]') }),
    ).toEqual([
      expect.stringMatching(/^procedures\/other\/stop\.yml:2:9 there is no host "wbe"/),
      expect.stringMatching(/^procedures\/other\/stop\.yml:8:11 site\/inner may touch web/),
    ]);
    expect(await told({}, 'procedures/site/files/app.conf')).toEqual([
      expect.stringMatching(/^procedures\/site\/inner\.yml:5:39 there is no file "files\/app.conf"/),
    ]);
  });

  it('come to an end: a circle is told with the whole way round, at the call that closes it', async () => {
    const back = (name: string): string =>
      FILES['procedures/site/inner.yml']!.replace(/ {4}file: .*/, `    call: ${name}`);
    expect(await told({ 'procedures/site/inner.yml': back('{ procedure: other/stop, with: { n: 1 } }') })).toEqual([
      'procedures/site/inner.yml:5:24 other/stop calls site/inner calls other/stop, so this would never end: take this call out',
    ]);
    expect(await told({ 'procedures/site/inner.yml': back('site/up') })).toEqual([
      'procedures/site/inner.yml:5:11 site/up calls other/stop calls site/inner calls site/up, so this would never end: take this call out',
    ]);
    expect(
      await told({ 'procedures/site/up.yml': `description: d\nhosts: [web]\nsteps: [{ id: a, call: site/up }]\n` }),
    ).toEqual(['procedures/site/up.yml:3:24 site/up calls site/up, so this would never end: take this call out']);
  });

  it('have their values told where they are given', async () => {
    expect(
      await told({ 'procedures/site/up.yml': FILES['procedures/site/up.yml']!.replace('n: 4', 'n: four') }),
    ).toEqual(['procedures/site/up.yml:7:47 `n`: `four` is no whole number, such as 3 or -1']);
  });
});
