/** What the world does about a run that waits, as a script says: people answer, files and events come. Knows no steps. */
import { requestIn } from '../core/run/approval.ts';
import type { WaitWork } from '../core/run/effect.ts';
import type { Recorded } from '../core/run/event.ts';
import type { Run } from '../core/run/run.ts';
import type { Drive } from '../engine/drive.ts';
import { BEGINNING_MS, type Script } from '../sim/simulate.ts';
import type { ScriptedFiles } from './scripted-ports.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

export interface PlayedWorld {
  readonly time: VirtualTime;
  /** The process that hears of it. */
  readonly owner: Owner;
  readonly script: Script;
  readonly engine: Pick<Drive, 'command' | 'post'>;
  readonly state: Run;
  readonly files: ScriptedFiles;
}

/** A step begins to wait, or still does: what comes is for who still waits then. */
export function play(world: PlayedWorld, work: WaitWork): void {
  const { script, engine, time } = world;
  const { node, op } = work;
  switch (work.purpose) {
    case 'approval': {
      const said = script.verdict?.(work) ?? null;
      if (said === null) return;
      const { takesMs, ...answer } = said;
      const { digest } = requestIn(work.data, node, op);
      const at = (): number => time.wallMs;
      return later(world, work, takesMs, () => engine.command({ kind: 'answer', node, digest, ...answer, at: at() }));
    }
    case 'assume': {
      const how = script.assume?.(work);
      if (how !== undefined) later(world, work, 0, () => engine.command({ kind: 'assume', node, how, by: 'someone' }));
      return;
    }
    case 'file':
      return script.wait(work)?.outputs?.paths === undefined ? comes(world, work) : world.files.asked(work);
    case 'event':
      return comes(world, work);
    case 'condition':
      return;
  }
}

function later({ time, owner, state }: PlayedWorld, work: WaitWork, takesMs: number, then: () => unknown): void {
  const leftMs = work.since + takesMs - time.wallMs;
  time.after(owner, leftMs, () => void (state.ops.has(work.op) && then()), 'world');
}

/** The script says what a wait gives. */
function comes(world: PlayedWorld, work: WaitWork): void {
  const end = world.script.wait(work);
  if (end === null) return;
  const { node, op } = work;
  const { takesMs, outputs = {}, error } = end;
  const gave = { ...outputs, 'waited-ms': takesMs };
  later(world, work, takesMs, () =>
    world.engine.post({ type: 'wait.ended', node, op, outputs: gave, ...(error && { error }) }),
  );
}

/** Those that an earlier process has not written down. */
export function sendSignals({ time, owner, script, engine }: PlayedWorld, before: readonly Recorded[]): void {
  const { signals = [] } = script;
  if (signals.length === 0) return;
  const sent = before.filter((record) => record.type === 'command.received' && record.command === 'signal').length;
  for (const { afterMs, ...signal } of signals.slice(sent)) {
    const leftMs = BEGINNING_MS + afterMs - time.wallMs;
    time.after(owner, leftMs, () => void engine.command({ kind: 'signal', ...signal }), 'world');
  }
}
