/** `giga plan [FILE]`. */
import { planHash } from '../../core/plan/plan.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { loadNamed } from '../load-workflow.ts';
import { planLines } from '../render/plan-lines.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const loaded = await loadNamed(call);
  if (!loaded.ok) return loaded.code;
  const { plan } = loaded.value;
  if (call.json) call.io.out.write(`${JSON.stringify(plan)}\n`);
  else call.io.out.write(`${planLines(plan, planHash(plan), painter(call.outColor)).join('\n')}\n`);
  return EXIT.done;
}
