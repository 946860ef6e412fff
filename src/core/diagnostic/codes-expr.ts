/** Codes of expressions: reading, checking and computing them. */
import type { Explanation } from './catalog.ts';

export const EXPR_CODES = {
  EXPR_SYNTAX: {
    title: 'An expression cannot be read',
    text: 'The text inside `${{ }}` (or of a key that is always an expression) is not an expression. Texts stand in single quotes, `==` compares, and `+ - * / %` have blanks on both sides, since `a-b` is a name.',
  },
  EXPR_EMPTY: {
    title: 'There is no expression',
    text: 'An expression was expected, but there is nothing, or only blanks. Write one, or take the key or the `${{ }}` away.',
  },
  EXPR_UNCLOSED: {
    title: 'An expression is not closed',
    text: 'A text has `${{` without the `}}` that belongs to it. A `}}` inside a text in quotes or inside `{ }` does not close it.',
  },
  EXPR_TEXT_BESIDE: {
    title: 'There is text beside the expression of a condition',
    text: 'A key such as `if` takes one expression, with or without `${{ }}` around all of it. In `${{ a }} && ${{ b }}` the `&&` is text, and a text that is not empty is always true: write `${{ a && b }}`, or `a && b`.',
  },
  EXPR_TOO_LONG: {
    title: 'An expression is too long',
    text: 'An expression may have 21,000 characters, as in GitHub Actions. Large values belong into inputs, `env` or a file.',
  },
  EXPR_TOO_DEEP: {
    title: 'An expression nests too deep',
    text: 'An expression may nest 50 levels deep, as in GitHub Actions, and 100 brackets. Compute a part of it in a step with `set`, and use its output.',
  },
  EXPR_MIXED_OPERATORS: {
    title: '`??` stands beside `||` or `&&`',
    text: 'Readers disagree on what `a ?? b || c` means, so it is refused. Put parentheses around the part that comes first: `(a ?? b) || c`.',
  },
  EXPR_DUPLICATE_KEY: {
    title: 'An object literal has a key twice',
    text: 'Only one of the two values could be kept. Take one of them away.',
  },
  EXPR_UNKNOWN_CONTEXT: {
    title: 'An expression names something that does not exist here',
    text: 'The first name of a reference must be a context that exists at this place, such as `inputs`, `env`, `steps` or `run`; `docs/expressions.md` lists them. A text stands in single quotes.',
  },
  EXPR_UNKNOWN_FUNCTION: {
    title: 'There is no such function',
    text: 'The functions are listed in `docs/expressions.md`; case does not matter in their names.',
  },
  EXPR_UNKNOWN_MEMBER: {
    title: 'A reference names a member that cannot exist',
    text: 'The input, output or field is not declared where it would come from, so the value would always be null. Mind the spelling, or declare it.',
  },
  EXPR_UNKNOWN_STEP: {
    title: 'A reference names a step that cannot be seen from here',
    text: 'A step sees the steps of its own scope and of the scopes around it. What is inside a group is seen outside only through the `outputs` of the group.',
  },
  EXPR_DYNAMIC_STEPS: {
    title: 'A step reads `steps` by a name that is computed',
    text: 'giga finds out from the text which steps a step waits for. `steps[expr]`, `steps.*` and `toJSON(steps)` are allowed only in `outputs`, `on-failure` and `finally`, where all steps have ended.',
  },
  EXPR_ARGUMENT_COUNT: {
    title: 'A function is called with too few or too many arguments',
    text: 'The signature of each function is in `docs/expressions.md`.',
  },
  EXPR_ARGUMENT: {
    title: 'A function cannot work with its argument',
    text: 'The functions of GitHub Actions turn values into what they need; all others take only what they say. Say what a null means with `??`, and turn texts into numbers with `int` or `float`.',
  },
  EXPR_LAMBDA: {
    title: 'A lambda is missing, or stands where none is taken',
    text: 'Functions such as `filter` and `map` take a lambda as their second argument: `filter(list, x => x.score > 3)`. It is no value and cannot stand anywhere else.',
  },
  EXPR_IMPOSSIBLE_COMPARISON: {
    title: 'A comparison can never be true',
    text: "The two sides can never be equal, so the condition would always go the same way. Often the word is another: `steps.x.result` is `succeeded`, `failed`, `skipped` or `cancelled`, while `steps.x.conclusion` has GitHub's words.",
  },
  EXPR_STATUS_FUNCTION: {
    title: 'A status function stands where it has no meaning',
    text: '`success()`, `failure()`, `cancelled()` and `always()` ask how the steps before this one ended. They stand in `if`.',
  },
  EXPR_SECRET: {
    title: 'A secret is used where it could leak',
    text: "A secret can be joined to a text in `env`, `headers` or `run`, compared with '' and tested for truth. It has no other operations, and it cannot be in `set`, `outputs`, a prompt, a message or a condition.",
  },
  EXPR_OPERANDS: {
    title: 'An operator cannot work with its operands',
    text: '`- * / %` take numbers, and `+` two numbers or two texts. Nothing is turned from one kind into another silently: write `int(a)`, `float(a)` or `string(a)`.',
  },
  EXPR_FORMAT: {
    title: 'The template of `format` is wrong',
    text: '`{0}` is the first value behind the template, `{1}` the second. A brace that is meant as such is written twice: `{{` and `}}`.',
  },
  EXPR_JSON: {
    title: '`fromJSON` was given a text that is no JSON',
    text: 'Often the text comes from a program that printed something beside the JSON. `giga logs STEP` shows what it was.',
  },
  EXPR_PATTERN: {
    title: 'A pattern is not valid',
    text: "Patterns have RE2's syntax: that of most languages without look-around and back references, so that matching takes linear time.",
  },
  EXPR_NOT_TEXT: {
    title: 'A list or object stands inside a text',
    text: 'It has no one text that everybody would expect. Write `toJSON(x)` for JSON, or `join(x, separator)` for a list.',
  },
  EXPR_TOO_LARGE: {
    title: 'A value in an expression grows too large',
    text: 'A value may have 10 million characters or items. Do such work in a step with `run`, which streams.',
  },
  EXPR_TOO_MUCH_WORK: {
    title: 'An expression takes too long to compute',
    text: 'An expression may take a million steps, where each item of a list counts. Do such work in a step with `run`.',
  },
  EXPR_VALUE_TOO_DEEP: {
    title: 'A value nests too deep',
    text: 'Lists and objects may nest 200 levels deep.',
  },
  EXPR_RESERVED_KEY: {
    title: 'An object has a key that is kept for giga',
    text: 'In what a step is given, an object whose key "secretText" holds a list stands for a secret, so plain data of this shape is refused. Give the key another name.',
  },
  EXPR_OUTSIDE: {
    title: 'A value from outside is not known here',
    text: 'Functions such as `hashFiles` and `now` get their values when a run asks for them. `giga eval` computes from given contexts only.',
  },
  EXPR_CONTEXTS: {
    title: 'The contexts for an expression cannot be read',
    text: '`giga eval --context FILE` takes a file with one JSON object. Its keys are the contexts that the expression sees, its values may nest 200 levels deep.',
  },
  EXPR_NOT_BUILT: {
    title: 'A function is not built yet',
    text: 'The name is kept for a function that is planned, but giga does not have it yet.',
  },
} as const satisfies Record<string, Explanation>;
