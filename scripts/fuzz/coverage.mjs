/** Tells which parts of a script ran, by the block counters of V8. Knows no inputs. */
import { Session } from 'node:inspector';

/** Counts from now on; must be called before the script is loaded. `ending` is how the script's URL ends. */
export function watchCoverage(ending) {
  const session = new Session();
  session.connect();
  const post = (method, given) => {
    let answer;
    // A session of one's own thread answers at once.
    session.post(method, given, (error, value) => {
      if (error) throw new Error(error.message);
      answer = value;
    });
    return answer;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    /** What ran since the last time: blocks, and blocks with how often (as a power of two). */
    take() {
      const blocks = [];
      const counts = [];
      const { result } = post('Profiler.takePreciseCoverage');
      for (const { functions } of result.filter(({ url }) => url.endsWith(ending)))
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges) {
            if (count === 0) continue;
            const block = startOffset * 2 ** 24 + endOffset;
            blocks.push(block);
            counts.push(block * 32 + (32 - Math.clz32(count)));
          }
      return { blocks, counts };
    },
  };
}
