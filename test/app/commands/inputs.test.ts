import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatherInputs, type InputSources } from '../../../src/app/commands/inputs.ts';
import { choicesOf } from '../../../src/cli/ask-inputs.ts';
import type { InputSpec } from '../../../src/core/plan/plan.ts';
import { planOf } from '../../cli/render/sample.ts';

const spec = (type: InputSpec['type'], schema: InputSpec['schema'] = { type }): InputSpec => ({
  type,
  required: true,
  schema,
});
const PLAN = planOf([], { inputs: { version: spec('string'), n: spec('integer'), 'dry-run': spec('boolean') } });

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'giga-'));
  writeFileSync(join(cwd, 'in.yaml'), 'version: 3.10\nn: 4\nother: [1]\n');
  writeFileSync(join(cwd, 'in.json'), '{"version": "1", "n": 2}');
  writeFileSync(join(cwd, 'list.yaml'), '- 1\n');
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

async function gather(sources: Partial<InputSources>) {
  const result = await gatherInputs(PLAN, { pairs: [], env: {}, cwd, ...sources });
  if (!result.ok) return result.diagnostics.map((d) => `${d.code} ${d.message}`);
  return Object.fromEntries([...result.value].map(([name, { value, form, origin }]) => [name, [value, form, origin]]));
}

describe('inputs', () => {
  it('come from -i over a file over the environment', async () => {
    const env = { GIGA_INPUT_VERSION: 'e', GIGA_INPUT_DRY_RUN: 'true', GIGA_INPUT_NOBODY: 'x' };
    expect(await gather({ env, file: 'in.json', pairs: ['n=a=b'] })).toEqual({
      version: ['1', 'value', 'in.json'],
      n: ['a=b', 'text', '-i n'],
      'dry-run': ['true', 'text', 'GIGA_INPUT_DRY_RUN'],
    });
  });

  it('keep the source of a number where text is wanted', async () => {
    expect(await gather({ file: 'in.yaml' })).toMatchObject({
      version: ['3.10', 'value', 'in.yaml'],
      n: [4, 'value', 'in.yaml'],
      other: [[1], 'value', 'in.yaml'],
    });
  });

  it.each([
    [{ pairs: ['n'] }, ['CLI_USAGE -i takes `name=value`; it was given "n".']],
    [{ pairs: ['=1'] }, ['CLI_USAGE -i takes `name=value`; it was given "=1".']],
    [{ pairs: ['n=1', 'n=2'] }, ['CLI_INPUT The input `n` is given twice with -i.']],
    [{ file: 'none.yaml' }, ['CLI_FILE_NOT_FOUND There is no file "none.yaml", which --inputs names.']],
    [{ file: 'list.yaml' }, ['CLI_INPUT The file "list.yaml" of --inputs must hold a map of inputs.']],
  ])('refuse %j', async (sources, messages) => {
    expect(await gather(sources)).toEqual(messages);
  });
});

it('offers a choice where an input has few values', () => {
  expect(choicesOf(spec('boolean'))).toEqual(['true', 'false']);
  expect(choicesOf(spec('string', { type: 'string', enum: ['a', 'b'] }))).toEqual(['a', 'b']);
  expect(choicesOf(spec('string'))).toBeNull();
  expect(choicesOf(spec('integer', { type: 'integer', enum: [1, 2] }))).toBeNull();
});
