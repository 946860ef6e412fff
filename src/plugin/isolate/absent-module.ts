/** What a plugin that is isolated gets for a module of Node: it may be asked for, so that a plugin can say what it is, and has nothing in it. */

/** Its first use is refused. */
export function absentModule(name: unknown): unknown {
  const absent: object = new Proxy(
    {},
    {
      get(_, key) {
        if (typeof key === 'symbol' || key === '__esModule') return undefined;
        throw new Error(
          `The module ${String(name)} is not there for a plugin that is isolated: use the context of its step.`,
        );
      },
      // Imported names are looked up in an object that is made from this one's prototype.
      getPrototypeOf: () => absent,
    },
  );
  return absent;
}
