/** The words of the languages that are read: pieces of which an input becomes another one that is nearly right. */

/** One text, parted by `¦`. */
function words(text: string): readonly string[] {
  return text.split('¦');
}

export const YAML_WORDS = words(
  "\n¦\n  ¦\n    ¦- ¦: ¦ #¦# ¦? ¦| ¦|-\n¦>+\n¦>1\n¦---\n¦...\n¦%YAML 1.2\n¦<<: *a¦&a ¦*a¦!t ¦!!str ¦\"¦'¦''¦\\x41¦\\u0041¦\\U0010ffff¦\\\n¦~¦.inf¦.nan" +
    '¦0o17¦0x1f¦1e3¦+.5¦[¦]¦{¦}¦,¦[a, b]¦{a: b}¦${{ a }}¦a: b¦"a": b¦\t¦\r\n',
);

export const WORKFLOW_WORDS = words(
  'name: ¦steps: ¦run: ¦id: ¦needs: ¦if: ¦env: ¦inputs: ¦outputs: ¦for-each: ¦matrix: ¦loop: ¦until: ¦max: ¦retry: ¦attempts: ¦timeout: ¦parallel: ¦choose: ' +
    '¦try: ¦catch: ¦race: ¦set: ¦wait: ¦approve: ¦http: ¦write: ¦workflow: ¦with: ¦service: ¦lock: ¦once: ¦cache: ¦files: ¦ensures: ¦verify: ¦finally: ¦on-failure: ' +
    '¦secrets: ¦type: ¦default: ¦schema: ¦pattern: ¦enum: ¦steps.a.outputs.x¦inputs.x¦always()¦failure()¦5m¦20%',
);

export const MARKDOWN_WORDS = words(
  '---\n¦---¦\n```bash\n¦\n```\n¦~~~¦\n## a\n¦\n### b {#b}¦> ¦- ¦1. ¦    ¦<!--¦-->¦<pre>¦</pre>¦<div>¦\n\n¦***¦===¦kind: workflow\n¦steps:\n',
);

export const TEST_WORDS = words(
  'workflow: ¦fakes: ¦answers: ¦events: ¦tests: ¦expect: ¦verdict: ¦steps: ¦outputs: ¦order: ¦takes: ¦fails: ¦after: ¦by: ',
);

export const CONFIGURATION_WORDS = words(
  'env: ¦env-files: ¦vars: ¦defaults: ¦retry: ¦profiles: ¦approvers: ¦roles: ¦concurrency: ¦5m¦1h30m¦99999999999999999999',
);

export const ENV_FILE_WORDS = words('A=¦export ¦="¦=\'¦\\n¦\\"¦$A¦${A}¦`x`¦ #¦\n#¦\r\n¦\n¦"¦\'¦\\\n¦\ufeff');

export const EXPRESSION_WORDS = words(
  "(¦)¦[¦]¦{¦}¦.¦,¦:¦?¦??¦=>¦!¦||¦&&¦==¦!=¦<=¦>=¦<¦>¦+¦-¦*¦/¦%¦'¦''¦.*¦[*]¦0x¦1e9¦.5¦${{ ¦ }}¦null¦true¦inputs¦steps.a.outputs.b¦x => x¦(a, b) => a + b" +
    "¦toJSON(¦fromJSON(¦format('{0}', ¦join(¦contains(¦map(¦filter(¦sort(¦reduce(¦range(¦matches(a, '(a+)+$')¦replace(¦split(¦slice(¦hashFiles('**')¦now()¦success()¦date(¦len(",
);

export const SHELL_WORDS = words(
  '"¦\'¦`¦$(¦)¦${¦}¦$((¦))¦<<E\n¦\nE\n¦<<-E\n¦<<<¦|¦&&¦||¦;¦;;¦&¦\\¦\\\n¦#¦[[ ¦ ]]¦((¦[¦]¦case a in¦esac¦for a in¦do¦done¦if¦then¦fi¦eval ¦${{ a }}¦{¦}¦$\'¦$"¦>¦<(¦~¦*¦=¦@"\n¦\n"@¦%A%¦!A!¦^¦`n¦$env:A',
);

export const JSON_WORDS = words(
  '{¦}¦[¦]¦,¦:¦"¦"a"¦"a":¦null¦true¦false¦1¦-0¦1e999¦1E400¦"\\u0000"¦"\\ud800"¦"__proto__":¦"constructor":¦"toJSON":¦{}¦[]¦""¦[[[[¦]]]]¦"secretText":¦"v":1¦"format":1',
);

export const SCHEMA_WORDS = words(
  '"type":¦"string"¦"number"¦"integer"¦"object"¦"array"¦"properties":{¦"patternProperties":{"^a":¦"additionalProperties":¦"required":["a"]¦"items":¦"allOf":[¦"anyOf":[¦"oneOf":[¦"not":' +
    '¦"pattern":"(a+)+$"¦"pattern":"(?=a)"¦"format":"email"¦"minLength":¦"multipleOf":0.1¦"enum":[¦"const":¦"uniqueItems":true¦"$ref":"#"¦"maximum":1e308¦"contains":',
);

export const QUANTITY_WORDS = words(
  '1h¦30m¦5s¦250ms¦1w¦.¦1.5¦0¦KB¦MiB¦GB¦k¦M¦%¦-1¦+1¦1e9¦ ¦٣¦９¦h¦0x10¦00000000000000000000',
);

export const OUTPUT_WORDS = words(
  'a=b\n¦a<<E\n¦\nE\n¦E¦<<¦=¦\n¦\r\n¦{"a":1}¦{¦}¦stdout=x¦exit-code=1¦__proto__=1¦a-b=c\n¦"¦,¦:¦[[¦]]¦1e999',
);

export const GLOB_WORDS = words(
  '*¦**¦**/¦/¦?¦[a-z]¦[!a]¦{a,b}¦{1..9}¦{1..999999999}¦!(a)¦*(a|b)¦+(a)¦@(a|*)¦?(a)¦!¦..¦./¦\\¦(¦)¦|¦{¦}¦[¦]¦,',
);

export const HTTP_WORDS = words(
  '<¦>¦; rel="next"¦; rel=next¦,¦;¦"¦=¦ ¦rel¦next¦application/json¦text/html¦; charset=¦+json¦/json¦http://¦..¦\n',
);

export const TERMINAL_WORDS = words(
  '\x1b[31m¦\x1b]0;x\x07¦\x1b]8;;http://x\x1b\\¦\x9b1A¦\x1b[2J¦\x1bP¦\x1b\\¦\r¦\t¦\x08¦::set-env name=A::b¦::stop-commands::x¦\u202e¦\u2066¦\ud83d¦日本¦e\u0301',
);
