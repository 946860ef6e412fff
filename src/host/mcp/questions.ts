/** What a server asks in the middle of a call, of a person or of a model: whether an answer is still to come, and who gives it. Knows no requests. */
import type { McpCall, McpFace, McpSample } from '../../core/mcp.ts';

export interface Questions {
  /** The face, whose questions are counted. */
  readonly face: McpFace;
  /** Who answers model calls now: the call that began last. Null where none does. */
  readonly sampler: () => McpSample | null;
  readonly isOpen: () => boolean;
  /** The work of a call. What was asked during it is over with it. */
  during<T>(call: McpCall, work: () => Promise<T>): Promise<T>;
}

export function questionsTo(face: McpFace): Questions {
  let open = 0;
  const samplers = new Set<McpSample>();
  const counted = async <T>(answer: Promise<T>): Promise<T> => {
    open += 1;
    try {
      return await answer;
    } finally {
      open -= 1;
    }
  };
  const { elicit } = face;
  return {
    face: elicit === undefined ? face : { ...face, elicit: (asked, signal) => counted(elicit(asked, signal)) },
    sampler: () => [...samplers].at(-1) ?? null,
    isOpen: () => open > 0,
    async during({ sample, signal }, work) {
      if (sample === undefined) return work();
      const over = new AbortController();
      const answers = new Set<Promise<unknown>>();
      const sampler: McpSample = (request, stop) => {
        const answer = counted(sample(request, AbortSignal.any([stop, signal, over.signal])));
        answers.add(answer);
        return answer;
      };
      samplers.add(sampler);
      try {
        return await work();
      } finally {
        samplers.delete(sampler);
        over.abort();
        // What they came to is noted before the step that pays for them is over.
        await Promise.allSettled(answers);
      }
    },
  };
}
