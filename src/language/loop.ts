/** `loop`: what a step is done for, one after the other. */
import * as z from 'zod';
import { asValue, described } from './fields.ts';
import { valueAt } from './literals.ts';
import { entriesAt, elementsAt, isMap, type Reading } from './reading.ts';
import { hasExpression } from './template.ts';
import type { Json, Loop, Value } from './types.ts';
import type { Path } from './yaml-file.ts';

const LOOP_WANTED =
  'a list is wanted here, such as [nginx, redis], or a map (key: value), or one ${{ }} that gives one of them';

/** A text in which `${{ }}` may stand, or a value of any other kind. */
const item = () =>
  z.union([
    z.string().transform((source): Value => asValue(source)),
    z.union([z.number(), z.boolean(), z.array(z.unknown()), z.record(z.string(), z.unknown())]),
  ]);

/** How a loop may be written. */
export const loop = () =>
  z.union(
    [
      z
        .string()
        .refine(hasExpression, {
          error: ({ input }) => `${LOOP_WANTED}; for one text alone, write [${String(input).slice(0, 40)}]`,
        })
        .transform((source): Value => asValue(source)),
      z.array(item()).min(1, { error: 'the list is empty, so this step would never do anything' }),
      z.record(z.string(), item()).refine((map) => Object.keys(map).length > 0, {
        error: 'the map is empty, so this step would never do anything',
      }),
    ],
    { error: ({ input }) => `${LOOP_WANTED}; this is ${described(input)}` },
  );

/** The loop at a path, once its form is checked; its values are held to being what they look like. */
export function readLoop(file: Reading, path: Path): Loop {
  const data: Json | undefined = file.yaml.at(path);
  if (typeof data === 'string') return { expr: data };
  if (isMap(data)) {
    return { map: entriesAt(file.yaml, path).map(([name, at]) => [name, valueAt(file, at)]) };
  }
  return { list: elementsAt(file.yaml, path).map((at) => valueAt(file, at)) };
}
