/** Codes of configuration and of the command line. */
import type { Explanation } from './catalog.ts';

export const CONFIG_CODES = {
  CLI_UNKNOWN_COMMAND: {
    title: 'There is no such command',
    text: 'The first word after `giga` is not one of its commands. `giga --help` lists them all; a command that a later version will have is named as such.',
  },
  CLI_UNKNOWN_SESSION: {
    title: 'There is no such conversation',
    text: 'A conversation with a model is named by its name or the beginning of it, or by the id of a run and the path of a step. `giga claude sessions list` shows what there is; a conversation is removed with its run.',
  },
  CLI_USAGE: {
    title: 'The command line is not as the command takes it',
    text: 'An option or argument is unknown, missing, of the wrong form, or one too many. `giga COMMAND --help` shows what the command takes. Nothing was started.',
  },
  CLI_NO_WORKFLOW: {
    title: 'No workflow was named, or none has that name',
    text: '`giga run` takes the path of a workflow file, or the name of one in the folder `workflows`: `giga run ci` finds `workflows/ci.yaml`, `ci.yml` or `ci.md`. `giga init` writes a first one.',
  },
  CLI_FILE_NOT_FOUND: {
    title: 'A file that the command line names cannot be read',
    text: 'The path is relative to the working folder, or to the folder given by `--cwd`. Check the spelling and the permissions.',
  },
  CLI_FILE_NOT_WRITTEN: {
    title: 'A file cannot be written',
    text: 'The system refused. Check the permissions of the folder, that the disk is not full, and that no file stands where a folder is needed.',
  },
  CLI_LISTEN: {
    title: 'A server cannot listen at a port',
    text: 'Another program listens there, or the system does not let giga: ports below 1024 are often for administrators. Choose another port; 0 takes one that is free.',
  },
  CLI_INPUT: {
    title: 'An input was given in a way that cannot be read',
    text: 'Inputs are given as `-i name=value`, in a JSON or YAML file with `--inputs FILE`, as a variable `GIGA_INPUT_NAME`, or at a terminal when giga asks. Each stands once per place; `-i` wins over the file, and the file over the environment.',
  },
  CLI_DATA: {
    title: 'The data of an event is not JSON',
    text: 'What `giga runs send --data` gives is one JSON value: an object, a list, a number, `true`, or a text in double quotes. The shell takes quotes away, so put single quotes around the whole.',
  },
  CLI_OUTPUT: {
    title: 'The output of a command cannot be written',
    text: 'What the command printed did not reach its file or pipe, such as on a full disk. What was done is done; only its output is lost.',
  },
  CLI_UNKNOWN_STEP: {
    title: 'The run has no such step',
    text: 'A step is named by its path, as the log of the run shows it: `build`, or `deploy/upload` inside a group. `giga runs show RUN` lists the steps of a run.',
  },
  CLI_UNKNOWN_CODE: {
    title: 'There is no such code',
    text: '`giga explain` without a code lists every code that giga can report.',
  },
  CLI_BUG: {
    title: 'giga met a bug of its own',
    text: 'Something happened that giga did not foresee. What is in the journal is whole, and the run can be resumed. Please report it with the message and, if you can, with what `GIGA_DEBUG=1` prints.',
  },
  CONFIG_ENV_FILE: {
    title: 'An env-file cannot be read',
    text: 'Each line of an env-file is `NAME=value`, a comment that begins with #, or empty. Values may stand in \'single\' or "double" quotes and may then span lines; nothing in them is expanded.',
  },
  CONFIG_FILE: {
    title: 'A configuration file cannot be read',
    text: 'The file is there, but the system refuses to give its content. Check its permissions.',
  },
  CONFIG_VALUE: {
    title: 'A setting has a value that it cannot have',
    text: 'The setting is known, but not with this value. The message says where the value comes from: a flag, a variable `GIGA_*`, `giga.yaml`, or the file of the user. `giga config explain` shows every value with its origin.',
  },
  CONFIG_UNKNOWN_KEY: {
    title: 'A key of the configuration is not known',
    text: 'giga reads only the keys that it knows, so that a slip of the pen is never silently ignored. `giga schema config` prints all of them with their meaning.',
  },
} as const satisfies Record<string, Explanation>;
