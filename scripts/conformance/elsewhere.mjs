/**
 * Scenarios that are not about giga, with the reason. Those for servers ask for a tool, a prompt or a resource of the suite's own sample server; in those
 * for clients giga is right to refuse.
 */
const CONTENT = 'a workflow answers with its verdict and outputs, not with content of its own choice';
const ASKING = 'giga asks nothing of its client: approvals are for people';
const ISSUER =
  'the metadata of its server names another issuer than it was asked of, which RFC 8414 (3.3) says must not be used';
const PROMPTS = 'giga offers no prompts';
const RESOURCES = 'the resources of giga are runs';

export const ELSEWHERE = {
  'auth/metadata-var2': ISSUER,
  'auth/metadata-var3': ISSUER,
  'logging-set-level': 'giga writes its log to stderr',
  'completion-complete': 'giga completes no arguments',
  'tools-call-image': CONTENT,
  'tools-call-audio': CONTENT,
  'tools-call-embedded-resource': CONTENT,
  'tools-call-mixed-content': CONTENT,
  'tools-call-with-logging': 'giga writes its log to stderr',
  'tools-call-sampling': 'giga asks no model of its client',
  'tools-call-elicitation': ASKING,
  'server-sse-polling': 'giga keeps the stream of a call open; who loses it comes back, which the tests of giga hold',
  'elicitation-sep1034-defaults': ASKING,
  'elicitation-sep1330-enums': ASKING,
  'json-schema-2020-12': 'inputs are declared in draft-07, and say so',
  'resources-read-text': RESOURCES,
  'resources-read-binary': RESOURCES,
  'resources-templates-read': RESOURCES,
  'resources-subscribe': RESOURCES,
  'resources-unsubscribe': RESOURCES,
  'prompts-list': PROMPTS,
  'prompts-get-simple': PROMPTS,
  'prompts-get-with-args': PROMPTS,
  'prompts-get-embedded-resource': PROMPTS,
  'prompts-get-with-image': PROMPTS,
};
