/** What an agent is given, and how it can end. Types only. */
import type { ModelUsage } from '../../core/claude/model-client.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Clock, Mask } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { Sessions } from '../../core/sessions.ts';
import type { WorkspaceGuard } from '../../core/workspace-guard.ts';
import type { Tool } from '../tool.ts';
import type { Block, Model } from './conversation.ts';
import type { Opening } from './transcript.ts';

/** A tool, and what a call of it can do: only look, write nowhere but where it may, or anything. */
export interface OfferedTool {
  readonly tool: Tool;
  readonly reach: 'looks' | 'edits' | 'acts';
  /** A call of it that was cut off goes on when it is made again. */
  readonly goesOn?: true;
}

export interface AgentJob {
  /** Whose conversation it is, and what it goes on with. */
  readonly opening?: Opening;
  /** Who is asked, in order, when the one before refused, is overloaded or not there. */
  readonly models: readonly [string, ...string[]];
  /** What is said first. */
  readonly prompt: readonly Block[];
  /** As they are now. */
  readonly tools: readonly OfferedTool[];
  /** Looks for what tools there are, before each turn; or why there is no further one. */
  readonly refresh?: () => Promise<AttemptError | null>;
  /** Answers of the model. */
  readonly maxTurns: number;
  /** Tokens that a prompt may have; absent: nobody knows a bound, or nothing is to be left out. */
  readonly room?: number;
  /** Of these what is sent beside messages and tools takes so many. */
  readonly frame?: number;
  readonly onDenied: 'fail' | 'continue';
  /** Whether a path of the workspace may be written, by its path from the root. */
  readonly mayWrite: (path: string) => boolean;
  /** Whether a tool may be called. */
  readonly mayCall: (tool: string) => boolean;
  /** Looks at the last answer: null where it is good, a complaint that the model is told, or the failure. */
  readonly check?: (content: readonly Block[], repairs: number) => string | AttemptError | null;
}

export interface AgentPorts {
  readonly model: Model;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Hides secrets in what tools give, before a model or a disk sees it. */
  readonly mask: Mask;
  /** Absent: nobody can say what changed in the workspace. */
  readonly guard?: WorkspaceGuard;
  /** From now on: whether other steps of the run are at work, or were meanwhile. Absent: there are none. */
  readonly othersAtWork?: () => () => boolean;
}

export type AgentEnd =
  | ({ readonly kind: 'answered'; readonly content: readonly Block[] } & AgentTotals)
  | ({ readonly kind: 'failed'; readonly error: AttemptError } & AgentTotals)
  /** It was told to stop, or nothing can be noted any more: a later attempt goes on. */
  | { readonly kind: 'stopped' };

export interface AgentTotals {
  readonly session: string;
  /** Who was asked last. */
  readonly model: string;
  readonly turns: number;
  readonly usage: ModelUsage;
  /** Names of tools whose calls were denied, once for each call. */
  readonly denied: readonly string[];
}

/** A kind of news of its own beside those that all model calls share. */
export type SessionNews = { readonly kind: 'session-began' | 'session-ended'; readonly session: string } & JsonObject;
