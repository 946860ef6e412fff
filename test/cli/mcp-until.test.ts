/** Steps that wait for a change of a resource: real commands and a real server, killed in between. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inPlace, outputsOf, start, until } from '../e2e/place.ts';
import type { Workplace } from './giga.ts';

const FAULTY = resolve('test/steps/mcp/faulty-server.mjs');
const watching = (
  use: (
    place: Workplace,
    change: (words: string) => void,
    subscribed: (times: number) => Promise<void>,
  ) => Promise<void>,
) =>
  inPlace(async (place) => {
    const file = join(place.folder, 'watched', 'it');
    mkdirSync(join(place.folder, 'watched'));
    writeFileSync(file, 'before');
    place.put(
      'w.yaml',
      `mcp: { it: { command: '${process.execPath}', args: ['${FAULTY}'], env: { WATCHED: '${file}' } } }
steps: { look: { mcp: { server: it, resource: 'file://watched', until: changed } } }
outputs: { text: '\${{ steps.look.outputs.text }}' }
`,
    );
    const subscribed = (times: number): Promise<void> =>
      until(() => readdirSync(join(place.folder, 'watched')).length === 1 + times);
    await use(place, (words) => writeFileSync(file, words), subscribed);
  });

const journalHas = (place: Workplace, words: string): boolean => {
  const runs = join(place.folder, '.giga/runs');
  return (existsSync(runs) ? readdirSync(runs) : []).some((run) => {
    const journal = join(runs, run, 'journal');
    const segments = existsSync(journal) ? readdirSync(journal) : [];
    return segments.some((segment) => readFileSync(join(journal, segment), 'utf8').includes(words));
  });
};

describe('a step that waits for a change of a resource', () => {
  it('reads it once the server has told one', () =>
    watching(async (place, change, subscribed) => {
      const run = start(place, 'run', 'w.yaml', '--json');
      await subscribed(1);
      await until(() => journalHas(place, 'resource-seen'));
      change('after');
      expect(outputsOf(await run.ended)).toEqual({ text: 'after' });
    }));

  it('misses nothing that changed while no giga was there', () =>
    watching(async (place, change) => {
      const run = start(place, 'run', 'w.yaml');
      await until(() => journalHas(place, 'resource-seen'));
      run.child.kill('SIGKILL');
      await run.ended;
      change('meanwhile');
      expect(outputsOf(await place.giga('resume', '--json'))).toEqual({ text: 'meanwhile' });
    }));

  it('is subscribed anew by a resume', () =>
    watching(async (place, change, subscribed) => {
      const run = start(place, 'run', 'w.yaml');
      await until(() => journalHas(place, 'resource-seen'));
      run.child.kill('SIGKILL');
      await run.ended;
      const again = start(place, 'resume', '--json');
      await subscribed(2);
      change('after');
      expect(outputsOf(await again.ended)).toEqual({ text: 'after' });
    }));

  it('stops at a signal, and is refused beside a tool', () =>
    watching(async (place) => {
      const run = start(place, 'run', 'w.yaml');
      await until(() => journalHas(place, 'resource-seen'));
      run.child.kill('SIGINT');
      expect((await run.ended).code).not.toBe(0);
      place.put(
        'w.yaml',
        'mcp: { it: { command: x } }\nsteps: { a: { mcp: { server: it, tool: t, until: changed } } }\n',
      );
      expect((await place.giga('validate', 'w.yaml')).err).toContain('PLAN_MCP_CALL');
    }));
});
