/** The other ports of the engine as a script answers them: what steps read from outside, files that appear, artifacts, results of other runs. Knows no engine. */
import type { Json, JsonObject } from '../core/json.ts';
import type { ArtifactKeeper, CaptureSource, FileWatch, Mask, StepCache } from '../core/ports.ts';
import type { CaptureWork, WaitWork } from '../core/run/effect.ts';
import { BEGINNING_MS, type Script } from '../sim/simulate.ts';
import { ensureWork } from './scripted-steps.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

export interface PortScript {
  readonly script: Pick<Script, 'capture' | 'ensure' | 'wait'>;
  readonly time: VirtualTime;
  readonly owner: Owner;
  /** How long a look outside takes. Without it: no time. */
  readonly lookMs?: () => number;
}

/** Answers what the script says, also to those who look whether a step has done what it ensures. */
export function scriptedCaptures({ script, time, owner, lookMs = () => 0 }: PortScript): CaptureSource {
  const answer = (work: CaptureWork): ReturnType<Script['capture']> =>
    isLook(work) ? lookAt(script, work) : script.capture(work, BEGINNING_MS + time.nowMs);
  return {
    capture: (work) => {
      const takesMs = lookMs();
      if (takesMs === 0) return Promise.resolve(answer(work));
      return new Promise((resolve) => time.after(owner, takesMs, () => resolve(answer(work)), 'world'));
    },
  };
}

/** A look at what a step ensures asks for files by their glob, and for states without saying of which moment. */
function isLook({ captures: [first] }: CaptureWork): boolean {
  if (first === undefined) return false;
  return first.key === 'head' || first.key === 'state' || (first.kind === 'glob' && first.key === first.args[0]);
}

function lookAt(script: PortScript['script'], { node, op, captures }: CaptureWork): { readonly values: JsonObject } {
  const holds = script.ensure?.(ensureWork({ op, env: {}, stepKey: '' }, node)).holds ?? true;
  const found = (kind: string): Json => (kind === 'glob' ? (holds ? ['there'] : []) : holds ? `after ${op}` : null);
  return { values: Object.fromEntries(captures.map(({ key, kind }) => [key, found(kind)])) };
}

export interface ScriptedFiles extends FileWatch {
  /** A step begins to wait: for the file of which the watch is asked next. */
  asked(work: WaitWork): void;
}

/** Files appear when the script says that a wait for them is over. */
export function scriptedFiles({ script, time, owner }: PortScript): ScriptedFiles {
  const waits = new Map<string, WaitWork>();
  return {
    asked: (work) => void waits.set(String(work.data.file), work),
    appears: (path, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(null));
        const work = waits.get(path);
        const comes = work === undefined ? null : script.wait(work);
        if (work === undefined || comes === null) return;
        const leftMs = work.since + comes.takesMs - time.wallMs;
        time.after(owner, leftMs, () => resolve({ ok: true, value: [path] }), 'world');
      }),
  };
}

/** Keeps no files, and says so of none. */
export const noArtifacts: ArtifactKeeper = {
  keep: async () => ({ ok: true, artifacts: [], warnings: [] }),
};

/** Has no result for anyone, and keeps none. */
export const emptyCache: StepCache = {
  restore: async () => ({}),
  save: async () => ({}),
};

/** Hides nothing. */
export const noMask: Mask = {
  text: (text) => text,
  json: (value) => value,
  stream: () => ({ push: (chunk) => chunk, end: () => new Uint8Array() }),
  active: false,
};
