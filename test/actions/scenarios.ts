import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../src/language/types.ts';
import type { Bench as Whole } from './kit.ts';

/** What a scenario needs of it. */
type Bench = Pick<Whole, 'here' | 'units'>;

/** A host as it is, a step, and somebody else's change after it: each must keep the laws of `laws.test.ts`. */
export interface Scenario {
  readonly title: string;
  readonly action: string;
  readonly input: Json;
  /** Its scripts take a way that no other scenario's take, so every moment of them is tried. */
  readonly dying?: true;
  readonly arrange: (bench: Bench) => void;
  /** After the step: what makes it no longer what the run left. */
  readonly meddle: (bench: Bench) => void;
}

export const write = (bench: Bench, name: string, text: string, mode = 0o644): void => {
  const path = join(bench.here, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
};
export const folder = (bench: Bench, name: string, mode = 0o755): void => {
  mkdirSync(join(bench.here, name));
  chmodSync(join(bench.here, name), mode);
};
export const link = (bench: Bench, name: string, target: string): void => {
  symlinkSync(target, join(bench.here, name));
};
export const unit = (bench: Bench, name: string, active: string, enabled: string): void => {
  mkdirSync(join(bench.units, name), { recursive: true });
  writeFileSync(join(bench.units, name, 'active'), `${active}\n`);
  writeFileSync(join(bench.units, name, 'enabled'), `${enabled}\n`);
};

/** A name with all that a shell could take for something else. */
export const HOSTILE = `-rf $(touch pwned) \`id\` "it's" ; & | * ? \\ é\n`;

export const isRoot = process.getuid?.() === 0;
const OTHER = isRoot ? 65534 : (process.getuid?.() ?? 0);

export const scenarios: readonly Scenario[] = [
  {
    title: 'a new file',
    dying: true,
    action: 'file',
    input: { path: 'conf', content: 'a: 1\n', mode: '0640' },
    arrange: () => undefined,
    meddle: (bench) => {
      write(bench, 'conf', 'a: 2\n', 0o640);
    },
  },
  {
    title: 'a file as it stands beside the procedure, in place of another',
    action: 'file',
    input: { path: 'conf', src: 'files/app.conf', mode: '0640' },
    arrange: (bench) => {
      write(bench, 'conf', 'port = 8080\n');
    },
    meddle: (bench) => {
      write(bench, 'conf', 'port = 80\n', 0o640);
    },
  },
  {
    title: 'a file with other content, keeping owner and mode',
    dying: true,
    action: 'file',
    input: { path: 'conf', content: 'new\n', validate: 'grep -q new "$CO_NEW"' },
    arrange: (bench) => {
      write(bench, 'conf', 'old\n', 0o4750);
      chownSync(join(bench.here, 'conf'), OTHER, process.getgid?.() ?? 0);
      chmodSync(join(bench.here, 'conf'), 0o4750);
    },
    meddle: (bench) => {
      chmodSync(join(bench.here, 'conf'), 0o600);
    },
  },
  {
    title: 'a file with another mode and owner only',
    action: 'file',
    input: { path: 'conf', content: 'same\n', mode: '0600', owner: String(OTHER) },
    arrange: (bench) => {
      write(bench, 'conf', 'same\n');
    },
    meddle: (bench) => {
      write(bench, 'conf', 'same\n', 0o666);
    },
  },
  {
    title: 'a file under a hostile name',
    action: 'file',
    input: { path: `${HOSTILE}/${HOSTILE}`, content: HOSTILE },
    arrange: (bench) => {
      folder(bench, HOSTILE);
      write(bench, `${HOSTILE}/${HOSTILE}`, 'old');
    },
    meddle: (bench) => {
      write(bench, `${HOSTILE}/${HOSTILE}`, 'foreign');
    },
  },
  {
    title: 'a file removed',
    dying: true,
    action: 'file',
    input: { path: 'stale', state: 'absent' },
    arrange: (bench) => {
      write(bench, 'stale', '\0binary', 0o600);
    },
    meddle: (bench) => {
      write(bench, 'stale', 'somebody else’s');
    },
  },
  {
    title: 'a link removed',
    action: 'file',
    input: { path: HOSTILE, state: 'absent' },
    arrange: (bench) => {
      link(bench, HOSTILE, HOSTILE);
    },
    meddle: (bench) => {
      link(bench, HOSTILE, 'elsewhere');
    },
  },
  {
    title: 'an empty folder removed',
    dying: true,
    action: 'file',
    input: { path: 'empty/', state: 'absent' },
    arrange: (bench) => {
      folder(bench, 'empty', 0o2750);
    },
    meddle: (bench) => {
      write(bench, 'empty', 'a file');
    },
  },
  {
    title: 'a new folder',
    dying: true,
    action: 'file',
    input: { path: 'data', state: 'directory', mode: '0750' },
    arrange: () => undefined,
    meddle: (bench) => {
      write(bench, 'data/precious', '1');
    },
  },
  {
    title: 'a folder that gets another mode and owner',
    dying: true,
    action: 'file',
    input: { path: HOSTILE, state: 'directory', mode: '0700', owner: String(OTHER) },
    arrange: (bench) => {
      folder(bench, HOSTILE, 0o2775);
      write(bench, `${HOSTILE}/kept`, '1');
    },
    meddle: (bench) => {
      chmodSync(join(bench.here, HOSTILE), 0o755);
    },
  },
  {
    title: 'a line replaced, keeping owner and mode',
    dying: true,
    action: 'line',
    input: { path: 'conf', regexp: '^#?port *=', line: 'port = 80' },
    arrange: (bench) => {
      write(bench, 'conf', 'a\n#port = 1\n#port = 2\nb\n');
      chownSync(join(bench.here, 'conf'), OTHER, process.getgid?.() ?? 0);
      chmodSync(join(bench.here, 'conf'), 0o4750);
    },
    meddle: (bench) => {
      write(bench, 'conf', 'a\n#port = 1\nport = 80\nb\n# by somebody\n', 0o4750);
    },
  },
  {
    title: 'a line added',
    dying: true,
    action: 'line',
    input: { path: 'conf', line: 'b' },
    arrange: (bench) => {
      write(bench, 'conf', 'a\nb c');
    },
    meddle: (bench) => {
      chmodSync(join(bench.here, 'conf'), 0o600);
    },
  },
  {
    title: 'a hostile line in a file of a hostile name',
    action: 'line',
    input: { path: HOSTILE, line: HOSTILE.trim() },
    arrange: (bench) => {
      write(bench, HOSTILE, '');
    },
    meddle: (bench) => {
      write(bench, HOSTILE, HOSTILE.repeat(2));
    },
  },
  {
    title: 'a new link',
    action: 'symlink',
    input: { path: 'current', target: 'v2' },
    arrange: () => undefined,
    meddle: (bench) => {
      write(bench, 'precious', 'x');
      link(bench, 'made-here', 'x');
      relink(bench, 'current', 'elsewhere');
    },
  },
  {
    title: 'a link switched',
    dying: true,
    action: 'symlink',
    input: { path: 'current', target: 'v2' },
    arrange: (bench) => {
      folder(bench, 'v1');
      folder(bench, 'v2');
      link(bench, 'current', 'v1');
    },
    meddle: (bench) => {
      relink(bench, 'current', 'v3');
    },
  },
  {
    title: 'a link with hostile names',
    action: 'symlink',
    input: { path: HOSTILE, target: `${HOSTILE}2\n` },
    arrange: (bench) => {
      link(bench, HOSTILE, `${HOSTILE}1`);
    },
    meddle: (bench) => {
      relink(bench, HOSTILE, `${HOSTILE}2`);
    },
  },
  {
    title: 'a folder moved',
    dying: true,
    action: 'move',
    input: { src: 'old', dest: 'attic/new' },
    arrange: (bench) => {
      folder(bench, 'old', 0o711);
      write(bench, 'old/data', '1');
      folder(bench, 'attic');
    },
    meddle: (bench) => {
      folder(bench, 'old');
    },
  },
  {
    title: 'a file with hostile names moved',
    action: 'move',
    input: { src: HOSTILE, dest: `-${HOSTILE}` },
    arrange: (bench) => {
      write(bench, HOSTILE, '1');
    },
    meddle: (bench) => {
      write(bench, HOSTILE, '2');
    },
  },
  {
    title: 'a folder filled, what it replaces and deletes kept',
    dying: true,
    action: 'sync',
    input: { src: 'new', dest: 'data', delete: true, max_delete: 4, backup_dir: 'kept' },
    arrange: (bench) => {
      folder(bench, 'new');
      write(bench, 'new/same', 'same');
      write(bench, 'new/changed', 'new');
      folder(bench, 'new/made');
      write(bench, 'new/made/-file', 'x');
      write(bench, 'new/becomes-file', 'x');
      folder(bench, 'data', 0o750);
      write(bench, 'data/same', 'same');
      write(bench, 'data/changed', 'older', 0o600);
      folder(bench, 'data/gone');
      write(bench, 'data/gone/file', 'precious', 0o400);
      folder(bench, 'data/becomes-file');
      write(bench, 'data/becomes-file/deep', 'y');
      link(bench, 'data/gone/link', '../same');
    },
    meddle: (bench) => {
      write(bench, 'data/changed', 'by somebody');
    },
  },
  {
    title: 'a folder made, with hostile names',
    action: 'sync',
    input: { src: HOSTILE, dest: `${HOSTILE}2/-n ${HOSTILE}`, backup_dir: `${HOSTILE}3` },
    arrange: (bench) => {
      folder(bench, HOSTILE);
      write(bench, `${HOSTILE}/${HOSTILE}`, '1');
      folder(bench, `${HOSTILE}2`);
    },
    meddle: (bench) => {
      write(bench, `${HOSTILE}2/-n ${HOSTILE}/new\n`, 'somebody else’s');
    },
  },
  {
    title: 'a service stopped and disabled',
    dying: true,
    action: 'service',
    input: { name: 'web', state: 'stopped', enabled: false },
    arrange: (bench) => {
      unit(bench, 'web', 'active', 'enabled');
    },
    meddle: (bench) => {
      unit(bench, 'web', 'activating', 'disabled');
    },
  },
  {
    title: 'a service started and enabled',
    action: 'service',
    input: { name: 'web@1.service', state: 'started', enabled: true },
    arrange: (bench) => {
      unit(bench, 'web@1.service', 'inactive', 'disabled');
    },
    meddle: (bench) => {
      unit(bench, 'web@1.service', 'active', 'masked');
    },
  },
];

function relink(bench: Bench, name: string, target: string): void {
  link(bench, 'beside', target);
  renameSync(join(bench.here, 'beside'), join(bench.here, name));
}
