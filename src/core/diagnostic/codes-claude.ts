/** Codes of `claude` steps. */
import type { Explanation } from './catalog.ts';

export const CLAUDE_CODES = {
  PLAN_CLAUDE: {
    title: 'A `claude` step that no model would take',
    text: 'The request would be refused by the Messages API, or could not mean what it says. The message says which key it is about. Current models refuse `temperature` and its like, prefilled answers and forced tools: depth is told by `effort`, and the form of an answer by `output`.',
  },
  PLAN_PROMPT_FILE: {
    title: 'A prompt file that cannot be used',
    text: 'A `prompt-file` is a Markdown file of the workspace: frontmatter with `kind: prompt` and, where it has any, `inputs` as those of a workflow; below it the text that is asked, in which `${{ inputs.NAME }}` stands for the values that the step gives under `with`. Nothing else can be read there, so that a prompt is the same wherever it is used. A step has a `prompt` or a `prompt-file`.',
  },
  STEP_CLAUDE_KEY: {
    title: 'There is no key for the Messages API',
    text: 'A `claude` step needs the environment variable `ANTHROPIC_API_KEY`. giga hands it to the client of the API alone: no step sees it, unless it names it in `secrets`. `giga run --fake` and `--replay` need none.',
  },
  STEP_CLAUDE_AUTH: {
    title: 'The Messages API does not accept the key',
    text: 'The key in `ANTHROPIC_API_KEY` is wrong, has expired, or may not use the model. Trying again does not help.',
  },
  STEP_CLAUDE_REQUEST: {
    title: 'The Messages API refused a request',
    text: "The request itself is wrong: a model that does not exist, a schema that it cannot hold, a conversation that is too long. The message has the API's own words. Trying again does not help; a model of `fallback` is asked where the model is not there.",
  },
  STEP_CLAUDE_RATE_LIMIT: {
    title: 'The Messages API asks to wait',
    text: 'Too many requests or tokens were sent in a minute. giga waits as long as the answer says and tries again, a few times; then the step has failed, and `retry` decides.',
  },
  STEP_CLAUDE_OVERLOADED: {
    title: 'The Messages API is overloaded',
    text: 'The servers have too much to do, or failed by themselves. giga waits and tries again, a few times; then it asks the models of `fallback`, and then the step has failed, and `retry` decides.',
  },
  STEP_CLAUDE_CONNECTION: {
    title: 'The Messages API could not be reached',
    text: 'The connection was refused or broke before there was an answer, or nothing came for two minutes.',
  },
  STEP_CLAUDE_CUT: {
    title: 'An answer was cut off in the middle',
    text: 'The connection broke, or what came was no event that the API defines, before the answer had its end. A part of an answer is never taken for one: it is asked again, and after a few times the step has failed.',
  },
  STEP_CLAUDE_REFUSED: {
    title: 'The model refused',
    text: 'The model ended its answer with a refusal. That is no success, whatever text came before it. A model of `fallback` is asked, in a clean conversation; without one the step has failed, and trying again does not help.',
  },
  STEP_CLAUDE_EMPTY: {
    title: 'The model said nothing',
    text: 'The answer has its end, and holds no text: an empty answer is no success.',
  },
  STEP_CLAUDE_TRUNCATED: {
    title: 'An answer was too long',
    text: 'The answer was cut at `max-tokens`, thinking included. A part of an answer is never taken for one. Raise `max-tokens`, lower `effort`, or ask for less.',
  },
  STEP_CLAUDE_CONTEXT: {
    title: 'A conversation was too long for the model',
    text: 'Question and answer together have more tokens than the model can hold. Send less: fewer or shorter `files`, or several steps.',
  },
  STEP_CLAUDE_PROMPT: {
    title: 'A prompt is longer than its step allows',
    text: 'What was to be sent has more tokens than `max-prompt-tokens` of the step, or could not be counted. It was not sent, and costs nothing. Send less, or allow more.',
  },
  STEP_CLAUDE_BATCH: {
    title: 'A batch gave no answer',
    text: 'A call of a step with `batch` was not done: it expired after 24 hours, the batch was cancelled, or its results are not there any more. What was not begun costs nothing. `retry` sends what expired again.',
  },
  STEP_CLAUDE_SCHEMA: {
    title: 'An answer does not satisfy its schema',
    text: 'The answer is not the JSON that `output` asks for, also after as many tries to mend it as `repair` allows. The message says what is wrong first.',
  },
  STEP_CLAUDE_ANSWER: {
    title: 'An answer cannot be used',
    text: 'The answer ended in a way that this step did not ask for, such as with the call of a tool that it does not have, or is larger than any answer can be.',
  },
  STEP_CLAUDE_CASSETTE: {
    title: 'There is no recorded answer',
    text: 'With `--replay` a model is never asked: the answer to each request is in the cassettes beside the workflow, which `--record` keeps. A request that is not there was never made like this: a prompt, a file or a model has changed since. Record it anew.',
  },
  STEP_CLAUDE_FILES: {
    title: 'Files for a prompt could not be read',
    text: 'A glob of `files` or `images` found nothing, leads out of the workspace, or found more than a request can hold (24 MiB together); or a file is neither text in UTF-8, PDF, nor an image (PNG, JPEG, GIF, WebP).',
  },
} as const satisfies Record<string, Explanation>;
