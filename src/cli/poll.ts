/** Waits between two looks at a run that goes on. */

const SHORTEST_MS = 300;
/** A look at a long journal takes long itself: it may not take more than this part of the time. */
const SHARE = 0.2;

/** Looks again and again, until `look` says that there is no more to come. */
export async function poll(look: () => Promise<'more' | 'over'>): Promise<void> {
  for (;;) {
    const began = performance.now();
    if ((await look()) === 'over') return;
    const took = performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, Math.max(SHORTEST_MS, took / SHARE)));
  }
}
