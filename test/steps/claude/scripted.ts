/** A model that says what a test wants, tools that a test watches, and sessions in memory: for the loop of an agent. */
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { Session, Sessions } from '../../../src/core/sessions.ts';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import type { AgentJob, AgentPorts, OfferedTool } from '../../../src/steps/claude/agent-types.ts';
import type { Block, Conversation, Model, ModelAnswer } from '../../../src/steps/claude/conversation.ts';
import type { ToolAnswer, ToolContext } from '../../../src/steps/tool.ts';
import { type ContextMore, contextFor } from '../context.ts';

export const USAGE = { input: 10, output: 5, cacheRead: 1, cacheWrite5m: 2, cacheWrite1h: 0 };

export function text(value: string): Block {
  return { type: 'text', text: value };
}

export function answering(content: readonly Block[], stop: string | null): ModelAnswer {
  return { kind: 'answered', message: { id: 'm1', model: 'claude-test', content, stop, usage: USAGE } };
}

export function says(value: string, stop = 'end_turn'): ModelAnswer {
  return answering([text(value)], stop);
}

export function calls(...asked: readonly (readonly [id: string, name: string, input?: JsonObject])[]): ModelAnswer {
  const content = asked.map(([id, name, input = {}]): Block => ({ type: 'tool_use', id, name, input }));
  return answering([text('Let me see.'), ...content], 'tool_use');
}

export interface ScriptedModel extends Model {
  readonly heard: Conversation[];
}

/** Gives the answers in order; a function looks at the conversation first. Asked once more, it says that the test is wrong. */
export function scripted(...answers: readonly (ModelAnswer | ((heard: Conversation) => ModelAnswer))[]): ScriptedModel {
  const heard: Conversation[] = [];
  return {
    heard,
    async ask(conversation) {
      const answer = answers[heard.length];
      heard.push(structuredClone<Conversation>(conversation));
      if (answer === undefined) throw new Error(`the model was asked ${heard.length} times`);
      return typeof answer === 'function' ? answer(conversation) : answer;
    },
  };
}

export function tool(
  name: string,
  reach: OfferedTool['reach'],
  call: (args: JsonObject, context: ToolContext) => Promise<string | ToolAnswer> | string | ToolAnswer,
  inputSchema: JsonObject = { type: 'object' },
): OfferedTool {
  return {
    reach,
    tool: {
      name,
      description: `The tool ${name}.`,
      inputSchema,
      async call(args, context) {
        const answer = await call(args, context);
        return typeof answer === 'string' ? { verdict: 'ok', content: [{ type: 'text', text: answer }] } : answer;
      },
    },
  };
}

/** Sessions that are kept as long as the test: as a disk keeps them for other processes. `failing`: from that line on nothing is written. */
export function memorySessions(): Sessions & { readonly kept: Map<string, JsonObject[]>; failing: number | null } {
  const kept = new Map<string, JsonObject[]>();
  const sessions = {
    kept,
    failing: null as number | null,
    async open(name: string) {
      const lines = kept.get(name) ?? [];
      kept.set(name, lines);
      const session: Session = {
        lines: structuredClone(lines),
        wasTorn: false,
        async append(more) {
          if (sessions.failing !== null && lines.length >= sessions.failing)
            return { code: 'STEP_SESSION_FAILED', severity: 'error', message: 'The disk is full.' };
          lines.push(...(JSON.parse(JSON.stringify(more)) as JsonObject[])); // what was given, as a disk keeps it
          return null;
        },
        close() {},
      };
      return { ok: true as const, value: session };
    },
  };
  return sessions;
}

export function jobOf(tools: readonly OfferedTool[] = [], more: Partial<AgentJob> = {}): AgentJob {
  return {
    models: ['claude-test'],
    prompt: [text('Do it.')],
    tools,
    maxTurns: 10,
    onDenied: 'fail',
    mayWrite: () => true,
    mayCall: () => true,
    ...more,
  };
}

export function portsOf(model: Model, more: Partial<AgentPorts> = {}): AgentPorts {
  let now = 0;
  const clock = { wallMs: () => now, monotonicMs: () => (now += 3), after: () => () => {} };
  return { model, sessions: memorySessions(), clock, mask: NO_MASK, ...more };
}

/** A context that keeps the news of the attempt, as a later one is told them. */
export function noting(more: ContextMore = {}, news: JsonObject[] = []) {
  const context = contextFor('/work', {
    stepKey: 'r1/fix/1',
    ...(news.length > 0 && { news: [...news] }),
    ...more,
    note: more.note ?? (async (one) => (news.push(JSON.parse(JSON.stringify(one)) as JsonObject), true)), // as a journal keeps it
  });
  return { context, news };
}

/** What the model was told last. */
export function lastHeard(model: ScriptedModel): Json {
  return model.heard.at(-1)?.messages.at(-1)?.content ?? null;
}
