/** Where a run has the answers of its models from, by its flags. */
import type { ModelSource } from '../app/claude-step.ts';
import { problem, type Result } from '../core/diagnostic/diagnostic.ts';
import type { Call } from './command-spec.ts';

const FLAGS = ['fake', 'record', 'replay'] as const;

/** As a part of options: absent where they are asked. */
export function modelFlags({ flags }: Call): Result<{ readonly models?: ModelSource }> {
  const given = FLAGS.filter((name) => flags.on(name));
  const [models] = given;
  if (given.length <= 1) return { ok: true, value: models === undefined ? {} : { models } };
  const list = given.map((name) => `--${name}`).join(' and ');
  return { ok: false, diagnostics: [problem('CLI_USAGE', `${list} cannot be given together.`)] };
}
