/** A sorted set of small integers: add, delete and least member in O(log32 n). Knows nothing of what the integers stand for. */

/**
 * Its order depends on content alone, never on history, so a run rebuilt from its journal goes on in exactly the order
 * of the run that crashed. Level 0 holds one bit a member; each level above says which words below hold any.
 */
export class OrdSet {
  #size = 0;
  readonly #levels: Uint32Array[] = [new Uint32Array(1)];

  get size(): number {
    return this.#size;
  }

  has(member: number): boolean {
    const words = this.#level(0);
    return member >>> 5 < words.length && ((this.#word(words, member >>> 5) >>> (member & 31)) & 1) === 1;
  }

  add(member: number): void {
    if (this.has(member)) return;
    this.#reach(member);
    this.#size++;
    let at = member;
    for (const words of this.#levels) {
      const was = this.#word(words, at >>> 5);
      words[at >>> 5] = was | (1 << (at & 31));
      if (was !== 0) return;
      at >>>= 5;
    }
  }

  delete(member: number): void {
    if (!this.has(member)) return;
    this.#size--;
    let at = member;
    for (const words of this.#levels) {
      const left = this.#word(words, at >>> 5) & ~(1 << (at & 31));
      words[at >>> 5] = left;
      if (left !== 0) return;
      at >>>= 5;
    }
  }

  /** The least member, or -1. */
  first(): number {
    if (this.#size === 0) return -1;
    let at = 0;
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      const word = this.#word(this.#level(level), at);
      at = at * 32 + (31 - Math.clz32(word & -word));
    }
    return at;
  }

  /** Makes room for a member: levels double, and a new top level says whether the one below holds any. */
  #reach(member: number): void {
    for (let level = 0, word = member >>> 5; ; level++, word >>>= 5) {
      if (level === this.#levels.length)
        this.#levels.push(Uint32Array.of(this.#word(this.#level(level - 1), 0) === 0 ? 0 : 1));
      let words = this.#level(level);
      if (word >= words.length) {
        const grown = new Uint32Array(Math.max(word + 1, words.length * 2));
        grown.set(words);
        this.#levels[level] = grown;
        words = grown;
      }
      if (words.length === 1) return;
    }
  }

  #level(level: number): Uint32Array {
    return this.#levels[level] as Uint32Array; // levels 0 to the top always exist
  }

  #word(words: Uint32Array, at: number): number {
    return words[at] as number; // callers stay within the length
  }
}
