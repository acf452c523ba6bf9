import * as z from 'zod';
import { shellWord } from '../language/by-hand.ts';
import { amount, asValue, bool, keys, text } from '../language/fields.ts';
import type { Value } from '../language/types.ts';
import { refusal, seenIn, shown } from './seen.ts';
import { given } from './shell.ts';
import { syncScripts, syncWithBackup } from './sync-scripts.ts';
import type { Action, NamedHost } from './types.ts';

const EXCLUDES_WANTED = "rsync's patterns are wanted here as a list of 1 to 50, such as ['*.log', /cache/]";

const fields = {
  src: text(),
  dest: text(),
  delete: bool().optional(),
  max_delete: amount(0, 1_000_000_000).optional(),
  live: bool().optional(),
  exclude: z
    .array(text(), { error: EXCLUDES_WANTED })
    .min(1, { error: EXCLUDES_WANTED })
    .max(50, { error: EXCLUDES_WANTED })
    .optional(),
  backup_dir: text().optional(),
};

const schema = keys(fields).check(({ value, issues }) => {
  const wrong = (field: keyof typeof fields, message: string): void => {
    issues.push({ code: 'custom', path: [field], message, input: value });
  };
  if (value.delete === true && value.max_delete === undefined) {
    wrong('delete', 'delete: true wants max_delete beside it: the number of deletions past which nothing is begun');
  }
  if (value.delete !== true && value.max_delete !== undefined) {
    wrong('max_delete', 'max_delete has no meaning without delete: true; leave it out');
  }
  const { host, path } = placeOf(value.dest);
  if (host !== undefined && !startsAtRoot(path)) {
    wrong('dest', 'on another host the whole path is wanted, from / on: host:/path');
  }
  if (host !== undefined && value.backup_dir !== undefined && !startsAtRoot(value.backup_dir)) {
    wrong('backup_dir', 'it stands on the other host, and there the whole path is wanted, from / on');
  }
});

const startsAtRoot = (value: Value): boolean => /^(?:\/|\$\{\{)/.test(sourceOf(value));

const sourceOf = (value: Value): string =>
  'expr' in value ? value.expr : typeof value.lit === 'string' ? value.lit : '';

/** `name:/path`: as with rsync, a colon before any slash parts host and path. */
function placeOf(dest: Value): { readonly host?: Value; readonly path: Value } {
  const [, host, path] = /^((?:\$\{\{.*?\}\}|[^/:])+):([^]*)$/.exec(sourceOf(dest)) ?? [];
  return host === undefined ? { path: dest } : { host: asValue(host), path: asValue(path ?? '') };
}

export const sync: Action = {
  name: 'sync',
  summary: 'makes a folder be what another is, by rsync, on the host or from it to another',
  schema,
  changes: true,
  // What was replaced or deleted is nowhere else.
  undoesItself: (input) => schema.parse(input).backup_dir !== undefined,
  work(input, { named, fault }) {
    const {
      src,
      dest,
      delete: deletes,
      max_delete: most,
      live,
      exclude = [],
      backup_dir: backup,
    } = schema.parse(input);
    const { host, path } = placeOf(dest);
    const reached = host === undefined ? [] : named(host);
    if (reached.length > 1) fault(`dest: ${sourceOf(dest)} names several hosts: name one`);
    const [target] = reached;
    return {
      kind: 'job',
      env: {
        ...given({ CO_SRC: src, CO_DEST: path, CO_BACKUP: backup }),
        ...(deletes === true ? { CO_DELETE: { lit: 'true' }, CO_MAX_DELETE: most ?? { lit: 0 } } : {}),
        ...(live === true ? { CO_LIVE: { lit: 'true' } } : {}),
        ...Object.fromEntries(exclude.map((pattern, at) => [`CO_EXCLUDE_${String(at + 1)}`, pattern])),
        ...(target === undefined ? {} : wayTo(target)),
      },
      ...(backup === undefined ? syncScripts(exclude.length) : syncWithBackup(exclude.length)),
      needs: target === undefined ? ['rsync', 'sed', 'xargs'] : ['rsync', 'sed', 'xargs', 'ssh'],
      touches: { paths: target === undefined ? [path] : [], units: [] },
      ...(target === undefined ? {} : { reaches: reachOf(target) }),
    };
  },
  byHand(input) {
    const { src, dest, delete: deletes, max_delete, live, exclude = [], backup_dir: backup } = schema.parse(input);
    const { host, path } = placeOf(dest);
    const most = shellWord(max_delete ?? { lit: 0 });
    const place = `${host === undefined ? '' : `${shellWord(host)}:`}${shellWord(path)}/`;
    const options = [
      ...exclude.map((pattern) => `--exclude=${shellWord(pattern)}`),
      ...(deletes === true ? ['--delete', `--max-delete=${most}`] : []),
      ...(backup === undefined ? [] : ['-b', `--backup-dir=${shellWord(backup)}`]),
    ];
    const rsync = (more: string): string => ['rsync', more, ...options, '--', `${shellWord(src)}/`, place].join(' ');
    const count = deletes === true ? [`Do not go on if it deletes more than ${most}.`] : [];
    return {
      work: [
        { say: ['Look what it would copy and delete.', ...count].join(' ') },
        { show: rsync('-aHni') },
        { script: rsync('-aH'), shell: 'sh' },
        ...(live === true ? [] : [{ say: 'Looked at once more, it must print nothing:' }, { show: rsync('-aHni') }]),
      ],
      undo:
        backup === undefined
          ? []
          : [
              { say: 'Put back what was replaced or deleted, and remove by hand what was not there before:' },
              { show: `rsync -aH -- ${shellWord(backup)}/ ${place}` },
            ],
    };
  },
  preview(look, env) {
    if (look.exitCode !== 0 && look.exitCode !== 1) return { kind: 'text', text: refusal(look.stderr) };
    const [src, dest] = [shown(env['CO_SRC'] ?? ''), shown(env['CO_DEST'] ?? '')];
    const host = env['CO_TO'] === undefined ? '' : `${env['CO_TO_NAME'] ?? ''}:`;
    if (look.exitCode === 0) return { kind: 'nothing', text: `${host}${dest} is what ${src} is` };
    const seen = seenIn(look.stdout);
    if (seen['folder'] === 'missing') {
      return {
        kind: 'text',
        text: `${src} → ${host}${dest} (the folder it goes into is missing now and must be there by then)`,
      };
    }
    const [copies, deletes, dresses] = ['copies', 'deletes', 'dresses'].map((name) => Number(seen[name] ?? 0));
    const most = env['CO_MAX_DELETE'] === undefined ? '' : `, of at most ${env['CO_MAX_DELETE']}`;
    const names = Buffer.from(seen['names'] ?? '', 'base64')
      .toString('utf8')
      .trimEnd()
      .split('\n');
    const left = (copies ?? 0) + (deletes ?? 0) + (dresses ?? 0) - names.length;
    return {
      kind: 'text',
      text: [
        `${src} → ${host}${dest}: ${String(copies)} to copy, ${String(deletes)} to delete${most}, ` +
          `${String(dresses)} with another owner, mode or time`,
        ...names.map(itemLine),
        ...(left > 0 ? [`and ${String(left)} more`] : []),
      ].join('\n'),
    };
  },
};

const reachOf = ({ name, address, port, user }: NamedHost): NamedHost => ({ name, address, port, user });

/** As rsync calls it: `user@address`, an IPv6 address in brackets for its own syntax alone. */
function wayTo({ name, address, port, user }: NamedHost): Readonly<Record<string, Value>> {
  const bracketed = address.includes(':') ? `[${address}]` : address;
  return {
    CO_TO_NAME: { lit: name },
    CO_TO: { lit: `${user}@${address}` },
    CO_TO_RSYNC: { lit: `${user}@${bracketed}` },
    CO_TO_PORT: { lit: String(port) },
  };
}

/** `*deleting   a`, `>f+++++++++ a`, `.d..t...... a` in words. */
function itemLine(item: string): string {
  const space = item.indexOf(' ');
  const name = item.slice(space).trimStart();
  if (item.startsWith('*')) return `delete ${name}`;
  return `${item.startsWith('.') ? 'dress' : 'copy'} ${name}`;
}
