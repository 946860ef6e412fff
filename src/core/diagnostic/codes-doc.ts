/** Codes of what is wrong with a document as text and as shape, before its meaning is looked at. */
import type { Explanation } from './catalog.ts';

export const DOC_CODES = {
  DOC_YAML_SYNTAX: {
    title: 'The text is not valid YAML',
    text: 'The YAML 1.2 grammar does not allow what stands here. Only the first such place of a file is reported, since what follows it cannot be trusted. Look at the indentation and at quotes and brackets that were not closed just before it.',
  },
  DOC_LIMIT: {
    title: 'A document is larger than giga reads',
    text: 'Documents are untrusted text, so their size, nesting, aliases and number of tokens are bounded before they are parsed. Split the workflow, or generate less of it.',
  },
  DOC_BAD_CHARACTER: {
    title: 'A character that a text file may not have',
    text: 'A NUL character or half of a surrogate pair cannot be stored, shown or handed to a program unchanged. The file is probably binary, cut off in the middle of a character, or not UTF-8.',
  },
  DOC_EMPTY: {
    title: 'The document has no content',
    text: 'The file is empty or holds only comments. `giga init` writes a workflow to start from.',
  },
  DOC_NOT_A_MAP: {
    title: 'The document is not a map of keys',
    text: 'At its top level a document holds keys such as `name:` and `steps:`. A list or a single value there has no meaning.',
  },
  DOC_DUPLICATE_KEY: {
    title: 'A key stands twice in one map',
    text: 'YAML keeps only one of them, and which one is not obvious. Remove one or give it another name.',
  },
  DOC_KEY_NOT_TEXT: {
    title: 'A key is not text',
    text: 'YAML reads keys such as `1`, `true` or `null` as a number, a boolean or nothing, and allows even lists as keys. Write quotes around the key to make it text.',
  },
  DOC_TAG: {
    title: 'YAML tags are not used here',
    text: 'A word that begins with `!` is a tag in YAML, and the value behind it would be lost. A condition that begins with `!` must be quoted or written as `${{ !… }}`.',
  },
  DOC_MERGE_KEY: {
    title: 'Merge keys are not part of YAML 1.2',
    text: 'The key `<<` merges maps only in YAML 1.1, and tools differ on what wins. Write the keys out, or set them once under `defaults` or in the `env` of the workflow.',
  },
  DOC_MULTIPLE_DOCUMENTS: {
    title: 'One file holds one document',
    text: 'A line `---` or `...` begins or ends a document in YAML. Put each workflow in a file of its own.',
  },
  DOC_TAB: {
    title: 'A tab is used as indentation',
    text: 'YAML allows only spaces for indentation, since a tab is as wide as each editor likes. Replace it by spaces.',
  },
  DOC_UNKNOWN_ALIAS: {
    title: 'An alias without its anchor',
    text: 'A word that begins with `*` stands for a value that was marked by `&` earlier in the same file. A text or glob that begins with `*` must be quoted.',
  },
  DOC_UNQUOTED_TEMPLATE: {
    title: 'A template inside brackets must be quoted',
    text: 'Inside `{ }` and `[ ]` YAML takes the braces of `${{ }}` for its own. Write quotes around the text that holds the template.',
  },
  DOC_LOST_COMMENT: {
    title: 'A part of this text is a YAML comment',
    text: 'In unquoted text YAML takes a blank followed by `#` for the beginning of a comment, so the rest of the line would be lost without a word. Quote the text, use a block (`|`), or put the comment on a line of its own.',
  },
  DOC_BAD_NUMBER: {
    title: 'A number that cannot be stored',
    text: 'Infinity and not-a-number have no place in JSON, in which giga keeps its values. Quote it to make it text.',
  },
  DOC_FRONTMATTER: {
    title: 'Frontmatter is YAML only',
    text: 'Frontmatter begins with a line of exactly `---` as the first line of the file. Other languages behind the dashes (`---js`, `---json`) are refused, since some of them would be executed.',
  },
  DOC_UNKNOWN_KIND: {
    title: 'An unknown kind of document',
    text: 'The key `kind` in the frontmatter of a Markdown file says what it is: `workflow`, `spec` or `prompt`. A Markdown file without it is plain text, or a spec in a folder `specs`.',
  },
  DOC_UNKNOWN_KEY: {
    title: 'An unknown key',
    text: 'No such key exists at this place. Every key is checked, so that a misspelt one is never silently ignored. `giga schema` prints all keys.',
  },
  DOC_NOT_BUILT: {
    title: 'A key whose feature is not built yet',
    text: 'The key belongs to the language, but this version of giga does not act on it. It is refused and not ignored, so that a workflow never does less than it says.',
  },
  DOC_WRONG_TYPE: {
    title: 'A value of the wrong type',
    text: 'The key takes another kind of value than the one written. Mind that YAML reads `yes` and `no` as text, and that a bare number is no duration.',
  },
  DOC_BAD_VALUE: {
    title: 'A value that is not allowed here',
    text: 'The value has the right type, but is not among the allowed ones: see the message and `giga schema`.',
  },
  DOC_MISSING_KEY: {
    title: 'A required key is missing',
    text: 'Without this key the part of the document has no meaning.',
  },
  DOC_EMPTY_VALUE: {
    title: 'A key without a value',
    text: 'An empty value is almost always a slip, such as a wrong indentation of the next line. Remove the key, or give it a value. Only in `env` an empty value is allowed: it is the empty text.',
  },
  DOC_NO_ACTION: {
    title: 'A step without an action',
    text: 'Each step does one thing, named by its action key, for example `run`. The other keys only say how and when it is done.',
  },
  DOC_TWO_ACTIONS: {
    title: 'A step with more than one action',
    text: 'Each step has exactly one action key. Write two steps, or a group with `steps:`.',
  },
  DOC_MORE_PROBLEMS: {
    title: 'More problems than are listed',
    text: 'Only the first problems of a document are listed. Mend these and look again.',
  },
  DOC_NOT_FOUND: {
    title: 'There is no such workflow',
    text: 'A workflow is named by the path of its file, or by its name when the file lies in `workflows/`: `giga run ci` finds `workflows/ci.yaml`, `.yml` or `.md`.',
  },
  DOC_UNREADABLE: {
    title: 'A file cannot be read',
    text: 'The file is there, but the system refuses to read it; the message says why. It may be a folder, or lack the permission.',
  },
  DOC_NOT_A_WORKFLOW: {
    title: 'The file is not a workflow',
    text: 'Only workflows can be run: YAML files with `steps`, and Markdown files whose frontmatter says `kind: workflow`.',
  },
} as const satisfies Record<string, Explanation>;
