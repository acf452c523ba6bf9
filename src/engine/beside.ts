import { createHash } from 'node:crypto';
import { didYouMean } from '../language/suggest.ts';
import type { FileMention, Problem, Procedure } from '../language/types.ts';
import type { PlanFile } from '../plan/digest.ts';
import type { Source } from './ports.ts';
import { nameOf } from './procedure-names.ts';
import { PROCEDURES } from './workshop.ts';

/** Such a file stands in the plan as a whole, and so in the journal. */
const LARGEST_BYTES = 262_144;

/** The files that a procedure's steps take texts from. */
export interface Beside {
  readonly files: readonly PlanFile[];
  /** By their names as written. */
  readonly texts: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** Reads the files that stand beside a procedure and are named in it, at a commit. */
export async function readBeside(source: Source, commit: string | null, procedure: Procedure): Promise<Beside> {
  const mentions = procedure.files ?? [];
  if (mentions.length === 0) return { files: [], texts: new Map(), problems: [] };
  const folder = procedure.file.slice(0, procedure.file.lastIndexOf('/'));
  const paths = (await source.list(commit, PROCEDURES)).filter((path) => path.startsWith(`${folder}/`));
  const names = new Set(mentions.map(({ name }) => name));
  const read = await Promise.all(
    [...names].map(async (name): Promise<readonly [string, string | undefined]> => {
      const path = `${folder}/${name}`;
      return [name, paths.includes(path) ? await source.read(commit, path) : undefined];
    }),
  );
  const texts = new Map(read.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])));
  const others = paths.filter((path) => nameOf(path) === undefined).map((path) => path.slice(folder.length + 1));
  return {
    texts,
    files: [...texts].map(([name, text]) => ({
      path: `${folder}/${name}`,
      sha256: createHash('sha256').update(text).digest('hex'),
    })),
    problems: mentions.flatMap((mention) => {
      const message = faultOf(mention, texts.get(mention.name), others);
      return message === undefined ? [] : [{ place: mention.place, message }];
    }),
  };
}

function faultOf({ name }: FileMention, text: string | undefined, others: readonly string[]): string | undefined {
  if (text === undefined) {
    const near = didYouMean(name, others);
    return `there is no file "${name}" beside this procedure${near === '' ? ': put it there, or write content instead of src' : near}`;
  }
  if (Buffer.byteLength(text) > LARGEST_BYTES) return `"${name}" is larger than 256 KiB`;
  // What is not UTF-8 has been read as U+FFFD; whoever really means that sign cannot be told apart.
  if (text.includes('\0') || text.includes('\uFFFD')) return `"${name}" is no text in UTF-8: only such can be sent`;
  return undefined;
}
