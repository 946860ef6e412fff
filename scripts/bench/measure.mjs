/** Runs commands and measures them from outside: wall time and peak memory. Knows no workflow. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One run of a command: `{ ms, peakMB, code }`. Peak memory is read from /proc while it runs; 0 where there is none. */
export function measure(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: 'ignore', ...options });
    let peakKB = 0;
    const look = () => {
      try {
        const found = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        peakKB = Math.max(peakKB, Number(found?.[1] ?? 0));
      } catch {
        // The process has just ended, or this system has no /proc.
      }
    };
    const timer = setInterval(look, 4);
    child.on('error', reject);
    child.on('exit', (code) => {
      const ms = Number(process.hrtime.bigint() - start) / 1_000_000;
      clearInterval(timer);
      resolve({ ms, peakMB: peakKB / 1024, code });
    });
  });
}

/** Measures several commands in turn, A B C A B C …, after one warm-up each, so that a machine that drifts drifts for all. */
export async function measureInTurn(contestants, runs) {
  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < runs; round++) {
    for (const { name, command, args, options, before } of contestants) {
      await before?.();
      const result = await measure(command, args, options);
      if (result.code !== 0) throw new Error(`${name} ended with ${result.code}: ${command} ${args.join(' ')}`);
      if (round >= 0) results.get(name).push(result);
    }
  }
  return new Map([...results].map(([name, list]) => [name, summarize(list)]));
}

function summarize(list) {
  const sorted = list.map((r) => r.ms).toSorted((a, b) => a - b);
  return {
    median: sorted[sorted.length >> 1],
    min: sorted[0],
    max: sorted.at(-1),
    peakMB: Math.max(...list.map((r) => r.peakMB)),
  };
}

export function installed(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
