/** Finds many patterns in bytes in one pass (Aho and Corasick). Knows nothing of secrets. */

/** Nodes in flat arrays: a tree of the patterns, where the children of a node are a linked list. Node 0 is the root. */
export interface Automaton {
  /** The state after `byte` in `state`. Amortised constant time over a stream. */
  step(state: number, byte: number): number;
  /** Bytes of the longest beginning of a pattern that the stream ends with: no match to come can begin before it. */
  readonly depth: Int32Array;
  /** Bytes of the longest pattern that the stream ends with; 0 for none. */
  readonly matched: Int32Array;
}

export function createAutomaton(patterns: readonly Uint8Array[]): Automaton {
  const size = patterns.reduce((sum, pattern) => sum + pattern.length, 1);
  const byteOf = new Uint8Array(size);
  const firstChild = new Int32Array(size);
  const nextSibling = new Int32Array(size);
  const parent = new Int32Array(size);
  const fail = new Int32Array(size);
  const depth = new Int32Array(size);
  const matched = new Int32Array(size);
  /** The root has many children, and most bytes are met there. */
  const fromRoot = new Int32Array(256);
  let count = 1;

  const child = (node: number, byte: number): number => {
    if (node === 0) return at(fromRoot, byte);
    let next = at(firstChild, node);
    while (next !== 0 && byteOf[next] !== byte) next = at(nextSibling, next);
    return next;
  };
  const insert = (pattern: Uint8Array): void => {
    let node = 0;
    for (const byte of pattern) {
      let next = child(node, byte);
      if (next === 0) {
        next = count++;
        byteOf[next] = byte;
        parent[next] = node;
        depth[next] = at(depth, node) + 1;
        nextSibling[next] = at(firstChild, node);
        firstChild[node] = next;
        if (node === 0) fromRoot[byte] = next;
      }
      node = next;
    }
    matched[node] = pattern.length;
  };
  const step = (state: number, byte: number): number => {
    let node = state;
    for (;;) {
      const next = child(node, byte);
      if (next !== 0 || node === 0) return next;
      node = at(fail, node);
    }
  };
  /** Shortest first, so that the node to fall back to is always done. */
  const link = (): void => {
    const byDepth = Int32Array.from({ length: count }, (_, node) => node).toSorted(
      (a, b) => at(depth, a) - at(depth, b),
    );
    for (const node of byDepth) {
      if (at(depth, node) > 1) fail[node] = step(at(fail, at(parent, node)), at(byteOf, node));
      if (matched[node] === 0) matched[node] = at(matched, at(fail, node));
    }
  };

  for (const pattern of patterns) if (pattern.length > 0) insert(pattern);
  link();
  return { step, depth, matched };
}

function at(array: Int32Array | Uint8Array, index: number): number {
  return array[index] ?? 0;
}
