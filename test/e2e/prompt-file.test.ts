/** Prompt files of the real command: what is asked, and what a change of the file does to a run. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import { type MessagesServer, messagesServer, textStream } from '../host/claude/messages-server.ts';
import { inPlace, isClear } from './place.ts';

let server: MessagesServer;
beforeEach(async () => {
  server = await messagesServer(() => ({ stream: textStream('Hello.') }));
});
afterEach(() => server.close());

function inProject(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      place.put('workflows/w.yaml', WORKFLOW);
      place.put('workflows/prompts/greet.md', PROMPT);
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.url },
  );
}

const PROMPT = `---
kind: prompt
system: Be kind.
inputs: { who: { type: string, required: true, pattern: '^[A-Za-z]+$' } }
---
Greet \${{ inputs.who }}.
`;
const WORKFLOW = `steps:
  name: { run: cat name || echo Ada }
  greet: { claude: { prompt-file: prompts/greet.md, with: { who: "\${{ steps.name.outputs.stdout }}" } } }
`;

it('is asked with the values of the run', () =>
  inProject(async (place) => {
    const outcome = await place.giga('run', 'workflows/w.yaml');
    expect(outcome.code).toBe(0);
    expect(server.asked[0]?.body).toMatchObject({
      system: 'Be kind.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Greet Ada.' }] }],
    });
  }));

it('a value that does not fit is a failure before anything is asked', () =>
  inProject(async (place) => {
    place.put('name', 'R2D2\n');
    const outcome = await place.giga('run', 'workflows/w.yaml');
    expect([outcome.code, server.asked.length]).toEqual([1, 0]);
    expect(`${outcome.out}${outcome.err}`).toContain('STEP_INPUT_INVALID');
    isClear(outcome);
  }));

it('a changed file makes the step run again, and the line is named', () =>
  inProject(async (place) => {
    expect((await place.giga('run', 'workflows/w.yaml')).code).toBe(0);
    expect((await place.giga('resume', '--plan')).out).toMatch(/keep +greet/);
    place.put('workflows/prompts/greet.md', PROMPT.replace('Greet', 'Welcome'));
    expect((await place.giga('resume', '--plan')).out).toMatch(/run +greet +workflows\/prompts\/greet\.md:6 changed/);
    expect((await place.giga('resume')).code).toBe(0);
    expect(server.asked.length).toBe(2);
    expect((await place.giga('why', 'greet')).out).toContain('workflows/prompts/greet.md:6 changed');
  }));

it('a link out of the workspace is refused, one inside is followed', () =>
  inProject(async (place) => {
    await inPlace(async (elsewhere) => {
      elsewhere.put('secret.md', 'Secret.\n');
      symlinkSync(join(elsewhere.folder, 'secret.md'), join(place.folder, 'workflows/out.md'));
      symlinkSync(join(place.folder, 'workflows/prompts/greet.md'), join(place.folder, 'workflows/in.md'));
      place.put('workflows/v.yaml', WORKFLOW.replace('prompts/greet.md', 'out.md'));
      const out = await place.giga('validate', 'workflows/v.yaml');
      expect([out.code, out.err]).toEqual([3, expect.stringContaining('PLAN_PROMPT_FILE')]);
      place.put('workflows/v.yaml', WORKFLOW.replace('prompts/greet.md', 'in.md'));
      expect((await place.giga('validate', 'workflows/v.yaml')).code).toBe(0);
    });
  }));

it('a workflow cannot be run as a prompt, nor a prompt as a workflow', () =>
  inProject(async (place) => {
    place.put('workflows/v.yaml', 'steps: { a: { workflow: prompts/greet.md } }\n');
    expect((await place.giga('validate', 'workflows/v.yaml')).err).toContain('DOC_NOT_A_WORKFLOW');
    expect((await place.giga('run', 'workflows/prompts/greet.md')).err).toContain('DOC_NOT_A_WORKFLOW');
  }));
