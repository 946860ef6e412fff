/**
 * The official conformance suite of MCP against giga's client layer and against `giga mcp serve`, over loopback. `npm run conformance` runs all of it;
 * here is what does not look at how long things take.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from '../cli/giga.ts';

interface Found {
  readonly passed: number;
  readonly failed: number;
  /** What is wrong, in the words of the suite. */
  readonly faults: readonly string[];
}
interface Suite {
  scenariosOf(side: 'client' | 'server'): readonly string[];
  buildClient(folder: string): Promise<string>;
  runScenario(side: 'client' | 'server', scenario: string, target: string): Promise<Found>;
}
interface Door {
  openDoor(program: string, cwd: string): Promise<{ readonly url: string; close(): Promise<void> }>;
}
const script = (name: string): Promise<unknown> => import(pathToFileURL(`scripts/conformance/${name}`).href);
const { scenariosOf, buildClient, runScenario } = (await script('suite.mjs')) as Suite; // scripts are JavaScript
const { openDoor } = (await script('door.mjs')) as Door; // as above
const { ELSEWHERE } = (await script('elsewhere.mjs')) as { readonly ELSEWHERE: Readonly<Record<string, string>> }; // as above

/** One measures when the client comes back. */
const isLeftOut = (scenario: string): boolean => scenario === 'sse-retry' || Object.hasOwn(ELSEWHERE, scenario);

let place: Workplace;
beforeAll(() => {
  place = openWorkplace();
});
afterAll(() => place.remove());

async function holds(side: 'client' | 'server', scenario: string, target: string): Promise<void> {
  const { passed, faults } = await runScenario(side, scenario, target);
  expect(faults).toEqual([]);
  expect(passed).toBeGreaterThan(0);
}

describe('the client layer, in the conformance suite', () => {
  let command: string;
  beforeAll(async () => {
    command = await buildClient(place.folder);
  });

  it.each(scenariosOf('client').filter((name) => !isLeftOut(name)))('%s', (scenario) =>
    holds('client', scenario, command),
  );
});

describe('giga mcp serve, in the conformance suite', () => {
  let door: Awaited<ReturnType<Door['openDoor']>>;
  beforeAll(async () => {
    cpSync('scripts/conformance/workflows', join(place.folder, 'workflows'), { recursive: true });
    door = await openDoor(place.program, place.folder);
  });
  afterAll(() => door.close());

  it.each(scenariosOf('server').filter((name) => !isLeftOut(name)))('%s', (scenario) =>
    holds('server', scenario, door.url),
  );

  it('leaves out only what the suite has', () => {
    expect([...scenariosOf('client'), ...scenariosOf('server')]).toEqual(
      expect.arrayContaining(Object.keys(ELSEWHERE)),
    );
  });
});
