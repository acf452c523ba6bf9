/**
 * Finds many patterns at once in a stream of bytes, each byte looked at once (Aho and Corasick 1975). A state is a number;
 * 0 is the beginning. Children stand in lists, since nearly every state has one: a table of all bytes for each state of
 * a long key would take a hundred megabytes.
 */
export interface Automaton {
  /** The state after a byte. */
  step(state: number, byte: number): number;
  /** Whether a pattern begins with this byte: 0 or the state after it. */
  readonly first: Int32Array;
  /** How many bytes the state stands for: the longest end of what was read that a pattern begins with. */
  readonly depth: Int32Array;
  /** How long the longest pattern is that ends here; 0: none does. */
  readonly found: Int32Array;
  readonly longest: number;
}

export function automatonOf(patterns: readonly Uint8Array[]): Automaton {
  const nodes = 1 + patterns.reduce((total, pattern) => total + pattern.length, 0);
  const child = new Int32Array(nodes);
  const sibling = new Int32Array(nodes);
  const byteOf = new Uint8Array(nodes);
  const depth = new Int32Array(nodes);
  const found = new Int32Array(nodes);
  const fail = new Int32Array(nodes);
  let made = 1;

  function childOf(node: number, byte: number): number {
    let at = at0(child, node);
    while (at !== 0 && byteOf[at] !== byte) at = at0(sibling, at);
    return at;
  }

  for (const pattern of patterns) {
    let node = 0;
    for (const byte of pattern) {
      let below = childOf(node, byte);
      if (below === 0) {
        below = made;
        made += 1;
        byteOf[below] = byte;
        depth[below] = at0(depth, node) + 1;
        sibling[below] = at0(child, node);
        child[node] = below;
      }
      node = below;
    }
    found[node] = pattern.length;
  }

  const first = new Int32Array(256);
  for (let at = at0(child, 0); at !== 0; at = at0(sibling, at)) first[at0(byteOf, at)] = at;

  function step(state: number, byte: number): number {
    for (let node = state; node !== 0; node = at0(fail, node)) {
      const below = childOf(node, byte);
      if (below !== 0) return below;
    }
    return at0(first, byte);
  }

  // Level by level: where a state leads on failure is nearer to the beginning.
  const queue: number[] = [0];
  for (const node of queue) {
    for (let at = at0(child, node); at !== 0; at = at0(sibling, at)) {
      if (node !== 0) fail[at] = step(at0(fail, node), at0(byteOf, at));
      if (found[at] === 0) found[at] = at0(found, at0(fail, at));
      queue.push(at);
    }
  }
  return { step, first, depth, found, longest: patterns.reduce((most, { length }) => Math.max(most, length), 0) };
}

const at0 = (list: Int32Array | Uint8Array, index: number): number => list[index] ?? 0;
