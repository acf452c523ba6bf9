import { FILE_HEADERS_ONLY, createTwoFilesPatch } from 'diff';
import { refusal, seenIn, shown, type Seen } from './seen.ts';
import type { Look, Preview } from './types.ts';

/** Comparing two texts that have nothing in common takes time: past this many differing lines only sizes are said. */
const MOST_EDITS = 2000;

type Env = Readonly<Record<string, string>>;

/** What `file` would change, from what its probe printed. */
export function previewFile(look: Look, env: Env, stdin: string | undefined): Preview {
  if (look.exitCode !== 0 && look.exitCode !== 1) return { kind: 'text', text: refusal(look.stderr) };
  const path = shown(env['CO_PATH'] ?? '');
  const seen = seenIn(look.stdout);
  switch (env['CO_STATE']) {
    case 'directory':
      return previewFolder(look, path, seen, env);
    case 'absent':
      return look.exitCode === 0
        ? { kind: 'nothing', text: `${path} is not there` }
        : { kind: 'text', text: `removes ${path} (a ${seen['kind'] ?? 'file'})` };
    default:
      return previewContent(look, path, seen, env, stdin ?? '');
  }
}

function previewFolder(look: Look, path: string, seen: Seen, env: Env): Preview {
  if (look.exitCode === 0) return { kind: 'nothing', text: `the folder ${path} is as it shall be` };
  if (seen['kind'] === 'absent')
    return { kind: 'text', text: `makes the folder ${path}${dressed(env)}${folder(seen)}` };
  return { kind: 'text', text: `${path}: ${changes(seen, env).join(', ')}` };
}

function previewContent(look: Look, path: string, seen: Seen, env: Env, wanted: string): Preview {
  if (look.exitCode === 0) return { kind: 'nothing', text: `${path} is as it shall be` };
  const found = seen['kind'] === 'absent' ? '' : decoded(seen['content']);
  const about = [...(seen['kind'] === 'absent' ? [`makes ${path}${dressed(env)}${folder(seen)}`] : changes(seen, env))];
  const size = new TextEncoder().encode(wanted).length;
  if (typeof found !== 'string') {
    const why = { large: 'is too large for a diff', binary: 'is no text' }[found.not];
    return {
      kind: 'text',
      text: [`${path} ${why}: ${seen['size'] ?? '?'} bytes now, ${size} bytes then`, ...about].join('\n'),
    };
  }
  if (found === wanted && seen['kind'] !== 'absent') {
    return about.length === 0
      ? { kind: 'nothing', text: `${path} is as it shall be` }
      : { kind: 'text', text: `${path}: ${about.join(', ')}` };
  }
  const before = seen['kind'] === 'absent' ? '/dev/null' : path;
  const patch: string | undefined = createTwoFilesPatch(before, path, found, wanted, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength: MOST_EDITS,
  });
  return patch === undefined
    ? { kind: 'text', text: [`${path}: nearly all of it changes, ${size} bytes then`, ...about].join('\n') }
    : { kind: 'diff', text: [...about, patch.trimEnd()].join('\n') };
}

function decoded(content: string | undefined): string | { readonly not: 'large' | 'binary' } {
  if (content === undefined) return { not: 'large' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(content, 'base64'));
    return text.includes('\0') ? { not: 'binary' } : text;
  } catch {
    return { not: 'binary' };
  }
}

const octal = (mode: string): string => mode.replace(/^0+(?=.)/, '').padStart(4, '0');

/** ` with mode 0640, owner root`, as far as the step says. */
function dressed(env: Env): string {
  const said = [
    ...(env['CO_MODE'] === undefined ? [] : [`mode ${octal(env['CO_MODE'])}`]),
    ...(env['CO_OWNER'] === undefined ? [] : [`owner ${env['CO_OWNER']}`]),
    ...(env['CO_GROUP'] === undefined ? [] : [`group ${env['CO_GROUP']}`]),
  ];
  return said.length === 0 ? '' : ` with ${said.join(', ')}`;
}

const folder = (seen: Seen): string =>
  seen['folder'] === 'missing' ? '; the folder it stands in is missing now and must be there by then' : '';

/** `mode 0644 → 0640`, for what the step says and is otherwise now. Owners may be written as numbers, which are not looked up. */
function changes(seen: Seen, env: Env): readonly string[] {
  const pairs = [
    ['mode', seen['mode'] && octal(seen['mode']), env['CO_MODE'] && octal(env['CO_MODE'])],
    ['owner', seen['owner'], env['CO_OWNER']],
    ['group', seen['group'], env['CO_GROUP']],
  ] as const;
  return pairs.flatMap(([name, now, then]) =>
    then === undefined || then === '' || now === then ? [] : [`${name} ${now ?? '?'} → ${then}`],
  );
}
