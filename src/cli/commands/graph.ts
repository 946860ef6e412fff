/** `giga graph [FILE]`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { loadNamed } from '../load-workflow.ts';

export async function perform(call: Call): Promise<number> {
  const loaded = await loadNamed(call);
  if (!loaded.ok) return loaded.code;
  const { GRAPH_FORMATS, renderGraph } = await import('../../app/graph/render-graph.ts');
  const wanted = call.flags.text('format') ?? 'text';
  const format = GRAPH_FORMATS.find((name) => name === wanted) ?? 'text';
  const drawing = renderGraph(loaded.value.plan, format);
  call.io.out.write(call.json ? `${JSON.stringify({ type: 'graph', format, drawing })}\n` : drawing);
  return EXIT.done;
}
