import { asValue, described } from './fields.ts';
import type { Reading } from './reading.ts';
import { hasExpression } from './template.ts';
import type { Json, Value } from './types.ts';
import type { Path } from './yaml-file.ts';

/**
 * A value of any kind, as in `vars`. Numbers are taken only where they are written as they are: `8080` is, `1.10` and
 * `0640` would silently become others.
 */
export function literalAt({ yaml, wrong }: Reading, path: Path): Json {
  const data = yaml.at(path) ?? null;
  if (data === null) {
    wrong(yaml.place(path), `a value is missing here; write '' for an empty text`);
  } else if (typeof data === 'number') {
    const written = yaml.written(path);
    if (written === String(data)) return data;
    wrong(
      yaml.place(path),
      `quote it: write '${written ?? ''}', since without quotes YAML makes it ${described(data)}`,
    );
  }
  return data;
}

/** As `literalAt`, with `${{ }}` allowed in a text; of lists and maps it is told that they cannot hold any. */
export function valueAt(file: Reading, path: Path): Value {
  const data = file.yaml.at(path);
  if (typeof data === 'string') return asValue(data);
  return { lit: fixedAt(file, path) };
}

/** As `literalAt`, without any `${{ }}`, however deep. */
export function fixedAt(file: Reading, path: Path): Json {
  const data = literalAt(file, path);
  if (typeof data === 'string' && hasExpression(data)) {
    file.wrong(file.yaml.place(path), 'no ${{ }} can stand here: write the value itself');
  }
  if (data !== null && typeof data === 'object') for (const key of Object.keys(data)) fixedAt(file, [...path, key]);
  return data;
}
