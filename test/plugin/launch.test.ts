/** Ways to start the process of a plugin: one that does not work is left out, and no plugin decides which. */
import { describe, expect, it } from 'vitest';
import { problem } from '../../src/core/diagnostic/diagnostic.ts';
import { childProcess } from '../../src/plugin/isolate/child-process.ts';
import type { Wrap } from '../../src/plugin/isolate/launch.ts';
import { createPeer } from '../../src/plugin/isolate/peer.ts';

async function load(code: string, wraps: Wrap[], inside: 'node' | 'quickjs' = 'node') {
  const line = childProcess({ inside, memory: 64 * 1_048_576, turnMs: 60_000, memoryOf: () => null, wraps });
  const loaded = await createPeer(line, ({ message }) => problem('STEP_PLUGIN_FAILED', message)).load(code, '/p.js');
  line.kill(problem('STEP_CANCELLED', 'over'));
  return loaded;
}

const absent: Wrap = (argv) => ['/nowhere/bwrap', ...argv];
const broken: Wrap = () => [process.execPath, '-e', 'process.exit(1)'];
const good: Wrap = (argv) => argv.slice();

describe('a process of a plugin', () => {
  it.each(['node', 'quickjs'] as const)('is started in the best way that works: %s', async (inside) => {
    const wraps = [absent, broken, good];
    expect(await load('exports.default = { steps: {} };', wraps, inside)).toMatchObject({ ok: true });
    expect(wraps).toEqual([good]);
  });

  it('that the plugin ends is not started in a weaker way', async () => {
    const wraps = [good];
    expect(await load('process.exit(1);', wraps)).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_LOST' } });
    expect(wraps).toEqual([good]);
  });
});
