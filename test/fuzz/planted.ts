/** Readers with a fault each, of every kind that is looked for: so that the search itself can be seen to find. */
import { promise, type Target } from './target.ts';

const planted = (name: string, run: (text: string) => void): Target => ({
  name,
  run: (bytes) => run(bytes.toString('utf8')),
  seeds: ['abc'],
  words: ['x', 'y'],
  cases: [],
  large: [],
});

/** Of processor time. */
function spin(forMs: number): void {
  const before = process.cpuUsage();
  for (let used = 0; used < forMs; ) {
    const { user, system } = process.cpuUsage(before);
    used = (user + system) / 1_000;
  }
}

export const targets: readonly Target[] = [
  planted('throws', (text) => promise(!text.includes('x'), 'there is an x')),
  planted('hangs', (text) => {
    if (text.includes('x')) spin(Number.POSITIVE_INFINITY);
  }),
  planted('aborts', (text) => {
    if (text.includes('x')) process.abort();
  }),
  planted('is-slow', (text) => {
    if (text.includes('x')) spin(300);
  }),
  // Only whoever sees that one step was right tries the next.
  planted('is-deep', (text) => {
    if (text[0] === 'q' && text[1] === '7' && text[2] === '!') promise(text[3] !== 'z', 'at the bottom');
  }),
  planted('is-right', () => {}),
];
