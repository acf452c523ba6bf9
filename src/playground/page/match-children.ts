/**
 * Which old child each new child may keep, by position; undefined where it has to be made. Children are the same when
 * their keys are, in their order: the longest such sequence is kept, so that a row put in between disturbs no other.
 */
export function matchChildren(old: readonly string[], wanted: readonly string[]): readonly (number | undefined)[] {
  // longest[i][j]: how many can be kept of old from i on and of wanted from j on.
  const longest = Array.from({ length: old.length + 1 }, () => new Uint32Array(wanted.length + 1));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = longest[i];
    for (let j = wanted.length - 1; row !== undefined && j >= 0; j -= 1) {
      row[j] = old[i] === wanted[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  let i = 0;
  return wanted.map((key, j) => {
    while (i < old.length && old[i] !== key && at(i + 1, j) >= at(i, j + 1)) i += 1;
    if (i >= old.length || old[i] !== key || at(i, j) !== at(i + 1, j + 1) + 1) return undefined;
    i += 1;
    return i - 1;
  });
}
