/** A run that goes on in this process, as the command line and the library see it. Knows nothing of how it is driven. */
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../core/json.ts';
import type { McpFace } from '../core/mcp.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { ApprovalRequest, Doubted } from '../core/run/approval.ts';
import type { Costs } from '../core/run/costs.ts';
import type { Path, Recorded, RunEvent, Verdict } from '../core/run/event.ts';

export interface LiveRun {
  readonly id: string;
  readonly plan: Plan;
  /** The folder of the outputs of its steps; absolute. */
  readonly logFolder: string;
  /** What should be known before it begins, such as a secret that is too short to be hidden. */
  readonly warnings: readonly Diagnostic[];
  /** Whether earlier records of this run exist: `giga resume`. */
  readonly resumed: boolean;
  /** Its models are not asked: answers are made up, or were recorded. Absent: they are. */
  readonly models?: 'fake' | 'replay';
  /** Records of an earlier process: what it waited for, and this one waits for still. */
  readonly standing: readonly Recorded[];
  /** What it asked before this process took it. */
  readonly asking: readonly ApprovalRequest[];
  /** The worktree in which it works, as long as there is one. */
  keptWorktree(): { readonly folder: string; readonly branch: string } | null;
  /** Every record of this process from its first on, in order, each once it is durable; those before the call are given at once. */
  subscribe(listener: (record: Recorded) => void): void;
  /** The last line of output of a running step, masked. For the screen only. */
  onProgress(listener: (node: Path, line: string) => void): void;
  /** Answers what MCP servers ask a person. Without it their questions are declined. */
  onQuestion(answer: NonNullable<McpFace['elicit']>): void;
  /** What it has spent, with earlier processes. */
  readonly costs: Costs;
  /** Stops as a first SIGINT or SIGTERM does: nothing more starts, process groups get TERM; resumable. */
  pause(signal: NodeJS.Signals): void;
  /** Stops as a second one does: KILL now; the journal stays whole. */
  kill(): void;
  /** Ends it as cancelled, with its `finally` steps. Refused is what is over; also what has not yet begun: its first record is `run.created`. */
  cancel(by: string): Diagnostic | null;
  /** Never rejects. */
  readonly ended: Promise<RunEnd>;
}

export type RunEnd =
  | {
      readonly kind: 'finished';
      readonly verdict: Verdict;
      readonly outputs: JsonObject;
      readonly counts: Extract<RunEvent, { type: 'run.finished' }>['counts'];
      readonly error?: Diagnostic;
      /** Steps that stand over a workspace that was changed since. */
      readonly keptOver?: Extract<RunEvent, { type: 'run.finished' }>['keptOver'];
    }
  | { readonly kind: 'paused'; readonly signal?: NodeJS.Signals }
  /** Only people can bring it on, with verdicts and with what they know: resumable. `unused`: why verdicts that were given beforehand do not. */
  | {
      readonly kind: 'waiting';
      readonly requests: readonly ApprovalRequest[];
      readonly doubts: readonly Doubted[];
      readonly unused: readonly Diagnostic[];
    }
  /** The journal could not be written: nothing more was started; resumable once mended. */
  | { readonly kind: 'broken'; readonly diagnostic: Diagnostic };
