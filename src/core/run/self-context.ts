/** The context `self`: what the attempt of a step gave, for the keys of the same step. Knows no rules. */
import { problem } from '../diagnostic/diagnostic.ts';
import { LookupObject, type Value } from '../expr/value.ts';
import { bareObject, type Json, type JsonObject } from '../json.ts';
import type { PlanNode } from '../plan/plan.ts';
import { outputsValue, ownValue } from './contexts.ts';
import type { AttemptEnded } from './event.ts';
import type { Node } from './node.ts';
import type { Scene } from './scene.ts';

/** `outputs result exit-code stdout stderr json lines log attempt duration-ms`. */
/** `self` inside a hook: the step that it belongs to. */
export function selfOfHook(scene: Scene): Value | undefined {
  for (let { from } = scene; from !== null; from = from.owner.scope) {
    const { owner, slot } = from;
    if (slot < 0 && owner.hook !== null) return new SelfContext(owner, owner.hook.ended, scene);
  }
  return undefined;
}

export class SelfContext extends LookupObject {
  readonly #node: Node;
  readonly #ended: AttemptEnded;
  readonly #scene: Scene;
  constructor(node: Node, ended: AttemptEnded, scene: Scene) {
    super();
    this.#node = node;
    this.#ended = ended;
    this.#scene = scene;
  }

  get(key: string): Value | undefined {
    const outputs = this.#ended.outputs ?? {};
    switch (key.toLowerCase()) {
      case 'outputs':
        return outputsValue(outputs, this.#node, this.#scene);
      case 'result':
        return this.#ended.outcome === 'succeeded' ? 'succeeded' : 'failed';
      case 'stdout':
        return this.#stdout();
      case 'stderr':
      case 'exit-code':
        return ownValue(outputs, key) ?? null;
      case 'json':
        return this.#json();
      case 'lines': {
        const text = this.#stdout();
        return text === null || text === '' ? [] : text.split(/\r?\n/);
      }
      case 'log':
        return this.#ended.log ?? ownValue(outputs, 'log') ?? null;
      case 'attempt':
        return this.#node.attempts;
      case 'duration-ms':
        return this.#ended.durationMs;
      default:
        return undefined;
    }
  }

  keys(): Iterable<string> {
    return ['outputs', 'result', 'exit-code', 'stdout', 'stderr', 'log', 'attempt', 'duration-ms'];
  }

  #stdout(): string | null {
    const outputs = outputsValue(this.#ended.outputs ?? {}, this.#node, this.#scene);
    const text =
      outputs instanceof LookupObject ? outputs.get('stdout') : ownValue(this.#ended.outputs ?? {}, 'stdout');
    return typeof text === 'string' ? text : null;
  }

  #json(): Value {
    const given = ownValue(this.#ended.outputs ?? {}, 'json');
    if (given !== undefined && isHttp(this.#node.plan)) return given;
    const text = this.#stdout();
    if (text === null) return null;
    try {
      return JSON.parse(text, bareReviver) as Json; // JSON.parse gives JSON
    } catch {
      const { path } = this.#node;
      this.#scene.trouble.error ??= problem(
        'STEP_NOT_JSON',
        `The output of step \`${path}\` is read as JSON, and is none.`,
        {
          hint: `\`giga logs ${path}\` shows it; \`self.lines\` and \`self.stdout\` read any text.`,
        },
      );
      return null;
    }
  }
}

/** Its `json` is an output, and not read from what a program wrote. */
function isHttp(plan: PlanNode): boolean {
  if (plan.kind === 'await') return plan.what.kind === 'probe' && plan.what.action === 'http';
  return plan.kind === 'action' && plan.action === 'http';
}

function bareReviver(_: string, value: Json): Json | JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? bareObject(Object.entries(value))
    : value;
}
