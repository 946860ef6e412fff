/** Codes of what people decide: approvals, their forms, and who may answer. */
import type { Explanation } from './catalog.ts';

export const PEOPLE_CODES = {
  STEP_REJECTED: {
    title: 'Somebody rejected it',
    text: 'An `approve` step got the verdict `reject`, and the workflow does not say that the run goes on after that. `on-reject: skip` leaves out what depends on it, and `on-reject: { rework: STEP }` goes back to an earlier step, `max` times at most.',
  },
  STEP_APPROVAL_TIMEOUT: {
    title: 'Nobody answered in time',
    text: 'An `approve` step has a `timeout`, nobody gave a verdict before it was over, by the clock on the wall, and no `default` says what is meant then. A resume asks again.',
  },
  STEP_APPROVAL_TEXT: {
    title: 'What an approval shows cannot be shown',
    text: '`message` and `show` of an `approve` step are texts of at most 64 Ki characters: what is decided on must be read. Lists and objects are shown with `toJSON(…)`; secrets are not shown at all.',
  },
  RUN_NOT_ASKED: {
    title: 'Nothing waits for this verdict',
    text: 'A verdict was given for a step that does not wait for one: it has not come to it yet, or it has ended. Each asking takes one verdict. `giga approve RUN` lists what waits.',
  },
  RUN_VERDICT_UNKNOWN: {
    title: 'The word is no verdict of this step',
    text: 'An `approve` step lists its verdicts under `options`; without that they are `approve` and `reject`.',
  },
  RUN_APPROVER_NAME: {
    title: 'The name of an approver cannot be one',
    text: 'The name under which a verdict is given stands in the journal: up to 64 letters, digits and `._@+-`. `timeout` is what giga itself writes when nobody answered in time.',
  },
  RUN_FORM_INVALID: {
    title: 'The form of a verdict is not filled in rightly',
    text: 'The `form` of an `approve` step is a JSON Schema, and what came with the verdict does not satisfy it. Give fields with `--form name=value`, or all of them as one JSON object. Only a rejection may come without the form.',
  },
  POLICY_APPROVAL_CHANGED: {
    title: 'The verdict was given on something else',
    text: 'A verdict is bound to a digest of what was shown: the plan, the step, how often it has asked, the message, the text, the options and the form. When one of them changes, the verdict counts no more, and the question must be looked at again.',
  },
  POLICY_APPROVAL_LATE: {
    title: 'The time for the verdict is over',
    text: 'The `timeout` of the `approve` step was over when the verdict came, also when no giga was running then. A resume takes the `default`, or fails the step.',
  },
  POLICY_NOT_APPROVER: {
    title: 'This person may not answer',
    text: 'The `approvers` of an `approve` step are names and roles. Who gave the verdict is not among the names, and has none of the roles by the `approvers` of giga.yaml. The refusal stands in the journal.',
  },
  POLICY_APPROVAL_UNSIGNED: {
    title: 'A verdict needs a signature',
    text: 'giga.yaml has a public key for this approver, so that nobody else can answer under that name: sign the verdict with `--key FILE`.',
  },
  POLICY_APPROVAL_SIGNATURE: {
    title: 'The signature of a verdict does not hold',
    text: 'A signed verdict is checked with the public key that giga.yaml has for its approver. The text was changed after it was signed, it was signed with another key, or there is no key for that name.',
  },
  POLICY_APPROVAL_EXPIRED: {
    title: 'A signed verdict has expired',
    text: 'A signed verdict holds until the time under `expires`, seven days unless `--expires` said otherwise. Look at the question again, and sign anew.',
  },
  RUN_VERDICT_FILE: {
    title: 'A file is no signed verdict',
    text: 'A file that was given with `--verdicts` is not what `giga approve --out` writes: a JSON object of at most 64 KiB with `v plan step digest verdict form comment by at expires signature`.',
  },
  RUN_KEY_FILE: {
    title: 'A key cannot be used',
    text: 'The file given with `--key` holds no private Ed25519 key, cannot be read, or can be read by others than its owner. `giga approve --keygen FILE` makes a pair.',
  },
  PLAN_APPROVAL: {
    title: 'An approval cannot be as it is written',
    text: 'An `approve` step is satisfied by a verdict and by nothing else: it is not retried, and its rejection is not passed over with `continue-on-error`. `default` is one of its `options`, and `on-reject` needs `reject` among them.',
  },
  PLAN_REWORK: {
    title: 'A rejection cannot go back there',
    text: '`on-reject: { rework: STEP }` names a step of the same scope that the approval depends on, by `needs`, by what its texts read, or by the order of the list: that step, and all that depends on it, is done again, the approval included.',
  },
} as const satisfies Record<string, Explanation>;
