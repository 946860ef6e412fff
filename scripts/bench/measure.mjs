/** Runs commands and measures them from outside: wall time and peak memory. Knows no workflow. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How often the memory of a running command is looked at. */
const LOOK_MS = 10;

/** One run of a command: `{ ms, peakMB, code, said }`. Peak memory is read from /proc while it runs; 0 where there is none. `said` is the end of stderr. */
function measure(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let peakKB = 0;
    let said = '';
    const timer = setInterval(() => {
      peakKB = Math.max(peakKB, peakOf(child.pid));
    }, LOOK_MS);
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-2000);
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      const ms = performance.now() - start;
      clearInterval(timer);
      resolve({ ms, peakMB: peakKB / 1024, code, said });
    });
  });
}

/** The peak of a process, or of the largest one that it started and that is a Node too, as behind `npm run`; in KB. */
function peakOf(pid) {
  try {
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8');
    if (!name.startsWith('npm')) return own;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return Math.max(own, ...children.map(peakOfNode));
  } catch {
    return 0; // the process has just ended, or this system has no /proc
  }
}

/** As above, through the shell that npm starts. */
function peakOfNode(pid) {
  const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  if (name === 'node') return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return Math.max(0, ...children.map(peakOfNode));
}

/**
 * Measures several contestants in turn, A B C A B C …, after a warm-up each (unless `isWarm`), so that a machine that drifts drifts for all.
 * A contestant is `{ name, command, args, options?, before? }`. Gives `{ median, min, max, peakMB, all }` (ms) by name.
 */
export async function measureInTurn(contestants, runs, { isWarm = false } = {}) {
  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = isWarm ? 0 : -1; round < runs; round++) {
    for (const { name, command, args, options, before } of contestants) {
      await before?.();
      const result = await measure(command, args, options);
      if (result.code !== 0)
        throw new Error(`${name} ended with ${result.code}: ${command} ${args.join(' ')}\n${result.said}`);
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
    all: list.map((r) => r.ms),
  };
}

/** `one` over `other`: the median of the ratios of runs that stood side by side (what both met at once is not in it), and the ratio of the fastest. */
export function ratioOf(one, other) {
  const ratios = one.all.map((ms, index) => ms / other.all[index]).toSorted((a, b) => a - b);
  return { value: ratios[ratios.length >> 1], quietest: one.min / other.min };
}
