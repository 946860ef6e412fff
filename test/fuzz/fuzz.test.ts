/**
 * Hostile texts for everything that reads texts from outside: the same ones each time, in a process that may hang or abort. `npm run fuzz` looks for
 * new ones, guided by coverage.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { targets } from './targets.ts';

/** Of processor time, on a machine that may be slow and busy. */
const LIMIT_MS = 5_000;
const SEED = 1;

interface Fuzzed {
  readonly code: number;
  readonly output: string;
}

async function fuzz(...args: readonly string[]): Promise<Fuzzed> {
  const findings = mkdtempSync(join(tmpdir(), 'giga-fuzz-test-'));
  const given = [
    'scripts/fuzz/fuzz.mjs',
    `--seed=${SEED}`,
    `--limit-ms=${LIMIT_MS}`,
    `--findings=${findings}`,
    ...args,
  ];
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = await once(child, 'close');
  rmSync(findings, { recursive: true });
  return { code: Number(code), output };
}

describe('the search', () => {
  it('finds what throws, hangs, aborts or is slow, goes on behind it, and says with which input', {
    timeout: 300_000,
  }, async () => {
    const { code, output } = await fuzz(
      '--targets=test/fuzz/planted.ts',
      '--runs=60',
      '--hang-ms=15000',
      '--limit-ms=200',
    );
    const kinds = ['throws: Error', 'hangs: hang', 'aborts: abort', 'is-slow: slow'];
    expect({ code, found: kinds.filter((kind) => output.includes(kind)) }).toEqual({ code: 1, found: kinds });
    expect(output).toContain('there is an x');
    expect(output).toMatch(/throws: [^]*?input: "x"\n/); // as small as it can be
    expect(output).toContain('4 found');
  });
});

describe('hostile texts', () => {
  it(`are read or refused by every reader, each in time (seed ${SEED})`, { timeout: 300_000 }, async () => {
    expect(await fuzz('--runs=60')).toEqual({ code: 0, output: expect.stringContaining('nothing found') });
  });

  it('are made by targets with names of their own, whose real cases are here', () => {
    const names = targets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const folders = targets.flatMap(({ cases }) => cases).filter((folder) => !folder.startsWith('../shared/'));
    expect(folders.filter((folder) => !existsSync(folder))).toEqual([]);
  });
});
