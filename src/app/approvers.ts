/** Who may answer for a project: the `approvers` of its giga.yaml, and whether a verdict is by who it says. Knows no run. */
import { type Diagnostic, problem } from '../core/diagnostic/diagnostic.ts';
import { canonical, isJsonObject, type Json } from '../core/json.ts';
import type { Answer } from '../core/run/answer.ts';
import { isPublicKey, isSignedBy } from '../host/signature.ts';
import { type Config, configKeys, settingsOf } from './config/config.ts';
import { readSigned, type SignedVerdict, signedText } from './verdict-file.ts';

export interface Approver {
  readonly roles: readonly string[];
  /** Only what is signed with it counts as said by this person. */
  readonly key?: string;
}
export type Approvers = ReadonlyMap<string, Approver>;

const PREFIX = 'approvers.';

export function approversOf(config: Config): Approvers {
  const approvers = new Map<string, Approver>();
  for (const key of configKeys(config)) {
    if (!key.startsWith(PREFIX)) continue;
    const [setting] = settingsOf(config, key);
    approvers.set(key.slice(PREFIX.length), approverIn(setting?.value ?? null));
  }
  return approvers;
}

function approverIn(value: Json): Approver {
  const { roles, key } = isJsonObject(value) ? value : {};
  return {
    roles: textsOf(roles),
    ...(typeof key === 'string' && { key }),
  };
}

function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** What is wrong with an entry of `approvers`, after its name; null for nothing. */
export function approverFault(value: Json): string | null {
  if (!isJsonObject(value)) return 'is a map of `roles` and `key`';
  const unknown = Object.keys(value).find((key) => key !== 'roles' && key !== 'key');
  if (unknown !== undefined) return `has no \`${unknown}\`: it has \`roles\` and \`key\``;
  const { roles, key } = value;
  const areTexts =
    typeof roles === 'string' || (Array.isArray(roles) && roles.every((role) => typeof role === 'string'));
  if (roles !== undefined && !areTexts) return 'has `roles`, which are a word or a list of words';
  if (key !== undefined && (typeof key !== 'string' || !isPublicKey(key)))
    return 'has a `key` that is no `ed25519:…` as `giga approve --keygen FILE` prints it';
  return null;
}

/** Refuses a verdict by someone who may not give it, or may not be who they say. */
export function admitBy(approvers: Approvers): (answer: Answer, wanted: readonly string[]) => Diagnostic | null {
  return (answer, wanted) => {
    const person = approvers.get(answer.by);
    if (wanted.length > 0 && !isAmong(approvers, answer.by, wanted)) return notAmong(answer, wanted);
    if (person?.key !== undefined) return faultOfProof(answer, person.key);
    return answer.proof === undefined || answer.proof === null ? null : noKey(answer.by);
  };
}

/** By name, or by a role. A word that is a role of someone is nobody's name by that alone. */
function isAmong(approvers: Approvers, by: string, wanted: readonly string[]): boolean {
  const roles = approvers.get(by)?.roles ?? [];
  if (wanted.some((word) => roles.includes(word))) return true;
  const isRole = [...approvers.values()].some((one) => one.roles.includes(by));
  return wanted.includes(by) && (approvers.has(by) || !isRole);
}

function faultOfProof(answer: Answer, key: string): Diagnostic | null {
  const { by, node } = answer;
  if (answer.proof === undefined || answer.proof === null)
    return problem('POLICY_APPROVAL_UNSIGNED', `A verdict by ${by} counts only when it is signed.`, {
      hint: `Sign it: \`giga approve RUN ${node} --as ${by} --key FILE\`.`,
    });
  const signed = readSigned(answer.proof);
  if (signed === null || !saysTheSame(signed, answer) || !isSignedBy(key, signedText(signed), signed.signature))
    return problem(
      'POLICY_APPROVAL_SIGNATURE',
      `The verdict on \`${node}\` is not signed by the key that giga.yaml has for ${by}.`,
    );
  if (Date.parse(signed.expires) > answer.at) return null;
  return problem('POLICY_APPROVAL_EXPIRED', `The verdict of ${by} on \`${node}\` held until ${signed.expires}.`, {
    hint: 'Look at it again, and sign anew.',
  });
}

function saysTheSame(signed: SignedVerdict, answer: Answer): boolean {
  return (
    signed.step === answer.node &&
    signed.digest === answer.digest &&
    signed.verdict === answer.verdict &&
    signed.by === answer.by &&
    signed.comment === answer.comment &&
    canonical(signed.form) === canonical(answer.form)
  );
}

function notAmong({ by, node }: Answer, wanted: readonly string[]): Diagnostic {
  return problem('POLICY_NOT_APPROVER', `${by} may not answer \`${node}\`: that is for ${wanted.join(', ')}.`, {
    hint: 'Names come with --as; giga.yaml says under `approvers` who has which role.',
  });
}

function noKey(by: string): Diagnostic {
  return problem('POLICY_APPROVAL_SIGNATURE', `A signed verdict names ${by}, for whom giga.yaml has no key.`, {
    hint: `Put it there: \`approvers: { ${by}: { key: 'ed25519:…' } }\`.`,
  });
}
