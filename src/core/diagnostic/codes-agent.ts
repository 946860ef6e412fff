/** Codes of agents: what they may do, where they run programs, and how their conversations end. */
import type { Explanation } from './catalog.ts';

export const AGENT_CODES = {
  STEP_TOOL_DENIED: {
    title: 'An agent asked for what it may not do',
    text: 'A tool was called that the `permissions` of the step do not allow, or with a path, a program or a host that they do not allow. Nothing of the call was done. The step fails at the end of that turn, so that no more is paid for an answer that would not count; with `on-denied: continue` the model is told instead, and goes on without it.',
  },
  STEP_TURNS_EXHAUSTED: {
    title: 'An agent was not done within its turns',
    text: 'Each answer of the model is a turn, and `max-turns` bounds them. What the agent did until then stands; the conversation is kept. Raise `max-turns`, ask for less, or give the agent a better look at what it needs.',
  },
  STEP_CLAUDE_CLI: {
    title: 'The command line of Claude failed',
    text: 'A step with `runner: cli` starts `claude`, and it is not installed, ended before it had come to an end, or says that it failed; the message has its own words. What it did until then stands.',
  },
  STEP_SESSION_LOST: {
    title: 'The conversation of an agent is not there any more',
    text: "The journal says how far the agent came, and the file of its conversation in the state folder is missing, damaged, or shorter than that. Going on without it could do things twice. `giga resume --from STEP` begins the step anew, with a new conversation; look at the agent's changes first.",
  },
  STEP_NO_SESSION: {
    title: 'There is no conversation that could go on',
    text: 'A step says `session: continue:STEP`, and that step was skipped or failed, so that its conversation never came to an answer. Remove what lets this step run all the same, or let it begin a conversation of its own.',
  },
  STEP_SESSION_FAILED: {
    title: 'The conversation of an agent could not be kept',
    text: "The disk refused the file in the state folder to which each turn is written before it counts. The message has the system's own word for it. Free some space, then resume: the agent goes on from the last turn that was kept.",
  },
  STEP_MEMORY_FAILED: {
    title: 'The notes of agents could not be read or kept',
    text: "The disk refused the files of a store of notes, below `memory` in the state folder. The message has the system's own word for it. A note counts once it is on disk: what the agent was told is kept is there.",
  },
  CLI_NOTE_NOT_FOUND: {
    title: 'There is no such note',
    text: 'No store of notes of this project has the name that was given, or none of its notes has the path. `giga claude memory list` shows what there is.',
  },
  CLI_NOTE_REFUSED: {
    title: 'A note cannot be kept as it was given',
    text: 'Its path or text is none that a note can have, the store is full, its editor failed, or somebody else changed it at the same time; the message says which. Nothing was changed.',
  },
  STEP_SANDBOX_MISSING: {
    title: 'There is no sandbox on this machine',
    text: 'Programs that a model chooses run in a sandbox made by bubblewrap (`bwrap`), on Linux with user namespaces. It is not installed, or the system does not let it work; the message has its own word for it. Install it, do without the tool `run`, or say `sandbox: none`: then such programs can do whatever you can, and only the programs that `permissions: { run: [...] }` names are started.',
  },
  STEP_WORKSPACE_UNSEEN: {
    title: 'Changes of the workspace cannot be seen',
    text: 'Before and after tools of an agent that can do anything the files of the workspace are compared, by git, without touching its index or branches. There is no git, no repository, or git refused; the message has its own word for it. The agent does nothing that could not be seen.',
  },
  STEP_SANDBOX_FAILED: {
    title: 'A sandbox could not be set up',
    text: 'What `permissions` name could not be put into the sandbox: a path leads out of the workspace through a link, or the system refused. Nothing was run.',
  },
} as const satisfies Record<string, Explanation>;
