/** Procedures by the schema, with names that lead somewhere, so that many of them are such as somebody could write. */
import fc from 'fast-check';
import { actions } from '../../src/actions/index.ts';
import type { Json } from '../../src/language/types.ts';
import { arbitraryOf, type At, type Guide } from './from-schema.ts';
import { schemaOf, type Schema } from './schema.ts';

export const INVENTORY = `hosts:
  alpha: { address: alpha.example.org, user: root, vars: { place: here } }
  beta: { address: beta.example.org, user: ops, via: gate }
  gate: { address: gate.example.org, user: ops }
groups:
  web: [alpha, beta]
`;

/** What stands beside the procedures. */
export const FILES: Readonly<Record<string, string>> = {
  'files/app.conf': 'port = 80\n',
  'part.yml': `description: A part
hosts: web
params: { what: { default: x }, port: { type: int, default: 80 } }
vars: { root: '/opt/\${{ params.what }}' }
facts: { free: { run: df, type: int }, up: { run: up, type: bool } }
steps:
  - { id: look, run: 'true', read_only: true }
  - { id: fits, preflight: true, assert: facts.free > 1 }
  - { id: conf, file: { path: '\${{ vars.root }}', src: files/app.conf } }
  - { id: restart, when: facts.up, run: 'echo "$what"', env: { SEEN: '\${{ steps.look.stdout }}' }, on_rollback: { run: 'true' } }
  - { id: inner, when: steps.restart.outcome == 'changed', call: app/inner }
`,
  'inner.yml': `description: Within it
hosts: [alpha]
steps:
  - { comment: 'it says \${{ run.id }}' }
`,
};

/** What the texts below name; it is in every procedure. */
const PARAMS: Readonly<Record<string, Json>> = {
  release: { pattern: String.raw`[\w.]+`, default: '1.6' },
  to: { type: 'host', default: 'beta' },
  fast: { type: 'bool', default: false },
};
const VARS: Readonly<Record<string, Json>> = { root: '/srv/${{ params.release }}' };
const FACTS: Readonly<Record<string, Json>> = {
  free: { run: 'df .', type: 'int' },
  up: { run: 'pgrep app', type: 'bool' },
  name: 'hostname',
};

const SCRIPTS = ['true', 'echo "$release"\n', 'for x in a b; do\n  echo "$x"\ndone\n', 'systemctl restart app'];
const PATHS = ['/srv/app', '/srv/a b', '${{ vars.root }}/app', '/srv/${{ params.release }}', '/etc/${{ facts.name }}'];
const TEXTS = [
  ...['app', 'a "b" $c', 'two\nlines\n', ' padded ', "it's", '# no comment', '- x', 'true', '1.10'],
  ...['${{ params.release }}', 'on ${{ facts.name }} as ${{ run.id }}', "${{ format('{0}', facts.free) }}"],
  ...['${{ vars.root }}', '${{ params.fast }}', '${{ steps.s1.outcome }}', '${{ steps.s1.stdout }}', '${{ item }}'],
];
const CONDITIONS = [
  ...['facts.up', 'facts.free > 10', "params.release == '1.6'", "facts.name != 'x'", 'params.fast', true],
  ...["steps.s1.outcome == 'changed'", '!facts.up || facts.free <= 12', "contains(facts.name, '1')"],
  ...['hosts.alpha.facts.free == 12', '${{ facts.up && params.fast }}'],
];
const LOOPS: readonly Json[] = [
  ...[['a', 'b'], ['a b', 3, { x: 1 }], { one: 1, two: '${{ facts.name }}' }],
  ...["${{ fromJSON('[1, 2]') }}", "${{ fromJSON(format('[{0}]', facts.free)) }}"],
];

/** Values by the last key that leads there. Of the same name they are the same kind of thing throughout the language. */
const VALUES: Readonly<Record<string, readonly Json[]>> = {
  ...{ description: ['Does something'], name: ['A name'], fail_msg: TEXTS, leave: ['no harm'], id: ['s'] },
  ...{ hosts: ['web', ['alpha', 'beta'], ['web']], on: ['alpha', 'web', ['beta'], 'free=12', '${{ params.to }}'] },
  ...{ path: PATHS, target: PATHS, dest: [...PATHS, 'beta:/srv/copy'], chdir: PATHS },
  ...{ content: TEXTS, comment: TEXTS, instructions: TEXTS, backup_dir: PATHS, mode: ['0644', '600'] },
  ...{ owner: ['root', '${{ params.release }}'], group: ['app'], regexp: ['^port'], line: ['port 80'] },
  ...{ become_user: ['app', 'root'], by: ['write', 'william', ['admin', 'william']], loop: LOOPS },
  // Short, since all that is looked at meanwhile is looked at in the test too.
  ...{ timeout: ['5s', 20], delay: ['1s', '2500ms', 5], secrets: [['TOKEN']], pattern: [String.raw`[\w.]+`] },
  ...{ stable_for: ['3s', 10], lock: ['mail', ['mail', 'customer-acme']] },
};

/** Wholes of which few others make sense. */
const WHOLES: Readonly<Record<string, readonly Json[]>> = {
  window: [
    ...[
      { days: ['mon', 'sun'], from: '02:00', to: '04:00', timezone: 'UTC' },
      { not_before: '2026-11-01T05:00+01:00' },
    ],
    ...[{ from: '22:30', to: '03:10', timezone: 'Europe/Paris' }, { not_after: '2026-12-01T05:00 Europe/Paris' }],
  ],
  file: [
    ...PATHS.map((path) => ({ path, content: 'x ${{ params.release }}\n', mode: '0644' })),
    ...[
      { path: '/a', src: 'files/app.conf' },
      { path: '/b', state: 'directory', mode: '0755' },
    ],
    ...[
      { path: '/c', state: 'absent' },
      { path: '/d', content: '', validate: 'test -s "$CO_NEW"' },
    ],
  ],
  call: [
    'app/part',
    { procedure: 'app/part', with: { what: 'a b', port: 8080 } },
    { procedure: 'app/part', with: { what: '${{ params.release }} in ${{ vars.root }}' } },
  ],
  sync: [
    ...[
      { src: '/a', dest: '/b' },
      { src: '/a', dest: 'beta:/b', exclude: ['*.log'], live: true },
    ],
    ...[{ src: '/a', dest: '${{ params.to }}:/b', delete: true, max_delete: 3, backup_dir: '/c' }],
  ],
};

const isMap = (data: Json | undefined): data is Readonly<Record<string, Json>> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

const isScript = ({ contentMediaType }: Schema): boolean => contentMediaType === 'application/x-sh';
const isCondition = ({ anyOf = [] }: Schema): boolean =>
  anyOf.some(({ properties }) => properties?.['run'] !== undefined) &&
  anyOf.some(({ type }) => type?.includes('boolean'));

/** Of an environment. That of runs is asked for at 02:45 UTC. */
const OF_PLACE: Readonly<Record<string, readonly Json[]>> = {
  ...{ hosts: ['web', 'beta', ['beta']], root: ['/copy', '/copy-${{ params.release }}'], environment: ['one', 'two'] },
};
const OF_WINDOW: Readonly<Record<string, readonly Json[]>> = {
  ...{ from: ['02:00', '22:30'], to: ['04:00', '03:10'], not_before: ['2026-11-01T05:00+01:00'] },
  ...{ not_after: ['2026-12-01T05:00 Europe/Paris', '2026-11-22T02:45:20Z'] },
};

const values: Guide['values'] = (at, schema, free) => {
  const key = at.at(-1) ?? '';
  const own = (at.includes('window') ? OF_WINDOW : at[0] === 'environments' ? OF_PLACE : {})[key];
  if (own !== undefined) return fc.constantFrom(...own);
  if (isScript(schema)) return fc.constantFrom(...SCRIPTS);
  if (isCondition(schema)) return fc.oneof(fc.constantFrom<Json>(...CONDITIONS), free().filter(isMap));
  if (at.at(-2) === 'file' && key === 'src') return fc.constantFrom('files/app.conf');
  if (key === 'src') return fc.constantFrom(...PATHS);
  if (at.at(-2) === 'env') return fc.constantFrom(...TEXTS);
  if (at.at(-3) === 'expect') {
    const fitting = { free: [12, '${{ facts.free }}'], up: [true], name: ['x', '${{ params.release }}'] }[key] ?? [];
    return fc.constantFrom<Json>('any', ...fitting);
  }
  const wholes = at.length === 2 && at[0] === 'params' ? Object.values(PARAMS) : WHOLES[key];
  if (wholes !== undefined) {
    return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...wholes) }, { weight: 1, arbitrary: free() });
  }
  // What people call something is no key.
  const known =
    at.at(-2) === 'params' || at.at(-2) === 'facts' || schema.properties !== undefined ? undefined : VALUES[key];
  return known === undefined ? undefined : fc.constantFrom(...known);
};

const names = (at: At): readonly string[] => {
  const key = at.at(-1) ?? '';
  if (key === 'expect') return ['alpha', '${{ params.to }}'];
  if (at.at(-2) === 'expect') return Object.keys(FACTS);
  if (key === 'vars') return at.length > 1 ? ['root'] : ['three', 'four'];
  return key === 'env' ? ['FOUND', 'MODE'] : ['one', 'two'];
};

const changing = new Map(actions.map(({ name, changes, asks }) => [name, changes && asks !== true]));

/** Much of what a step can say goes with some actions alone, or not beside something else. */
const share: Guide['share'] = (at, key, chosen) => {
  const undoes = at.includes('on_rollback');
  const ends = at[0] === 'rollback' || at[0] === 'always';
  if (at.length === 0 && (key === 'rollback' || key === 'always')) return 12;
  if (at.length === 0) return key === 'secrets' ? 0 : 30;
  if (key === 'delay') return chosen === 'wait_for' ? 40 : 1;
  // In a circle nothing could be required.
  if (key === 'requires') return at[1] === 'two' ? 20 : 0;
  if (chosen === undefined) return at[0] === 'defaults' ? 8 : key === 'state' && at.at(-1) === 'service' ? 90 : 20;
  if (key === 'id') return undoes ? 30 : 100;
  if (chosen === 'call') return ['name', 'when'].includes(key) ? 20 : key === 'on_rollback' ? 0 : 1;
  if (key === 'secrets') return chosen === 'run' ? 10 : 0;
  if (
    undoes &&
    ['on_rollback', 'reversible', 'on_failure', 'preflight', 'loop', 'approve', 'call', 'downtime'].includes(key)
  )
    return 0;
  if (key === 'downtime') return at[0] === 'steps' ? 15 : 0;
  if (ends && ['on_rollback', 'reversible', 'preflight', 'approve', 'downtime'].includes(key)) return 0;
  if (chosen === 'call') return ['name', 'when'].includes(key) ? 20 : 1;
  if (key === 'on_rollback') return changing.get(chosen) === true ? 93 : 1;
  if (key === 'preflight') return chosen === 'assert' || chosen === 'expect' ? 20 : 0;
  if (['shell', 'fail_msg', 'name'].includes(key)) return 30;
  return changing.get(chosen) === true ? 6 : 3;
};

/** A downtime begins, and ends: at the first two of the steps that say anything of it, or at none. */
function paired(steps: Json): Json {
  if (!Array.isArray(steps)) return steps;
  const list: readonly Json[] = steps;
  const saying = list.filter((step) => isMap(step) && step['downtime'] !== undefined).slice(0, 2);
  return list.map((step) => {
    if (!isMap(step)) return step;
    const { downtime: _said, ...rest } = step;
    const at = saying.length === 2 ? saying.indexOf(step) : -1;
    return at < 0 ? rest : { ...rest, downtime: at === 0 ? 'begins' : 'ends' };
  });
}

/** Gives the steps ids in their order, and the document what its texts name. */
function completed(document: Json): Json {
  if (!isMap(document)) return document;
  let ids = 0;
  const visit = (data: Json): Json => {
    if (Array.isArray(data)) return data.map(visit);
    if (!isMap(data)) return data;
    const entries = Object.entries(data).map(([key, value]): [string, Json] => {
      return key === 'id' ? [key, `s${String((ids += 1))}`] : [key, visit(value)];
    });
    return Object.fromEntries(entries);
  };
  const merged = (key: string, more: Readonly<Record<string, Json>>): Json => {
    const own = document[key];
    return { ...more, ...(isMap(own) ? own : {}) };
  };
  const made = visit({
    ...document,
    steps: paired(document['steps'] ?? []),
    params: merged('params', PARAMS),
    vars: merged('vars', VARS),
    facts: merged('facts', FACTS),
  });
  return isMap(made) && JSON.stringify(document).includes('"secrets"') ? { ...made, secrets: ['TOKEN'] } : made;
}

/** Data of procedures. By far most are well-formed; how many `lint` accepts is told by whoever asks. */
export const procedures: fc.Arbitrary<Json> = arbitraryOf(schemaOf('procedure'), { values, names, share }).map(
  completed,
);
