/** Who answers the model calls that a server asks for in the middle of a call, and what is known of it afterwards. Knows no models. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { McpSample } from '../../core/mcp.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import type { StepContext } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';

export interface Sampler {
  readonly sample: McpSample;
  /** Why a model call was not answered; the last time. What the server makes of it is its own affair, and may say less. */
  readonly refusal: () => AttemptError | null;
}

/** For a server that may ask for model calls, in an attempt of a step, which pays for them. */
export type SamplerSource = (server: McpServer, context: StepContext) => Promise<Sampler>;

/** For any other server. */
export function noSampler({ name }: McpServer): Sampler {
  let refusal: AttemptError | null = null;
  return {
    refusal: () => refusal,
    async sample() {
      const message = `The MCP server \`${name}\` asked for a model call, which it may not.`;
      const hint = 'Where it is meant, say so at the server: `sampling: true`. The step that calls it pays.';
      refusal = { ...problem('POLICY_MCP_SAMPLING', message, { hint }), retryable: false };
      return { ok: false, error: refusal };
    },
  };
}
