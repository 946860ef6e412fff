/** Codes of steps that write files and talk to servers, and of limits over a step as a whole. */
import type { Explanation } from './catalog.ts';

export const IO_CODES = {
  POLICY_NOT_ENFORCED: {
    title: 'Permissions that a program is not held to',
    text: 'The `permissions` of a workflow bind what giga does itself, such as `http` steps. A program that a `run` step starts can do whatever the user can who started giga.',
  },
  STEP_TOTAL_TIMEOUT: {
    title: 'All attempts of a step together took too long',
    text: 'The time of `total-timeout` runs from the start of the first attempt, by the clock on the wall, over all attempts and the delays between them. It was over, so the attempt under way was stopped, or none was begun any more.',
  },
  STEP_IDLE_TIMEOUT: {
    title: 'A step was silent for too long',
    text: 'Neither stdout nor stderr of the step grew for as long as `idle-timeout` allows, so it was taken to hang, and stopped. A program that holds its output back until the end looks the same: many write line by line when told to, for example with `stdbuf -oL`.',
  },
  STEP_WRITE_OUTSIDE: {
    title: 'A file outside of the workspace would be written',
    text: 'A `write` step, and `save` of an `http` step, write only below the root of the workspace: neither `..`, nor an absolute path, nor a symbolic link may lead out of it. Write inside, or move the file with a `run` step. An agent writes only what `permissions: { write: [...] }` of its step name: what else a program of its own changed in the workspace is put back, and the step fails.',
  },
  STEP_WRITE_FAILED: {
    title: 'A file could not be written',
    text: "The disk refused: it is full or read-only, a folder stands where the file should be, or giga may not write there. The message has the system's own word for it. What was there before is unchanged.",
  },
  STEP_HTTP_URL: {
    title: 'An address cannot be asked',
    text: 'The `url` of an `http` step, or an address that a server redirects to, is not a whole `http:` or `https:` address, or holds a user and a password, which belong in `headers`.',
  },
  STEP_HTTP_REFUSED: {
    title: 'A host may not be talked to',
    text: 'An `http` step reaches the hosts of `permissions: { net: [...] }`, and without that key all of the public internet. Addresses of the machine itself and of private networks are reached only by a host that the list names, since a value from outside could otherwise make giga ask what only this machine may. It is checked again at each redirection.',
  },
  STEP_HTTP_FAILED: {
    title: 'A server could not be reached',
    text: "The host does not exist, nobody listens at the port, the connection broke before there was an answer, or its certificate is not trusted. The message has the system's own word for it.",
  },
  STEP_HTTP_TIMEOUT: {
    title: 'A server does not say anything',
    text: 'Nothing happened on the connection for two minutes. That is apart from `timeout`, which bounds the whole attempt.',
  },
  STEP_HTTP_BROKEN: {
    title: 'An answer is broken',
    text: 'The server answered with something that is not HTTP, or the connection ended before the answer was whole, or its compressed body cannot be read. Nothing of it is kept.',
  },
  STEP_HTTP_TOO_LARGE: {
    title: 'An answer is larger than is kept',
    text: 'The body of an answer becomes an output, so it is bounded: by 1 MiB, or what `max-output` says. Put it into a file with `save: path`, which takes up to 1 GiB.',
  },
  STEP_HTTP_REDIRECTS: {
    title: 'A server redirects too often',
    text: 'The answer was a redirection, and the next one too, more often than giga follows. It is probably a circle: servers that want a cookie do that.',
  },
  STEP_HTTP_STATUS: {
    title: 'A server answered with a failure',
    text: 'The status of the answer is not 2xx, nor among those of `expect: { status: [...] }`. Those that may pass (408, 425, 429, 500, 502, 503, 504) are tried again where the step has a `retry`, and a `retry-after` of the server is waited for; others only where `retry: { on: ... }` says so.',
  },
  STEP_HTTP_EXPECTATION: {
    title: 'An answer is not what is expected',
    text: 'The status is right, but a header or the body is not what `expect` of the step says. The message names the first difference.',
  },
  STEP_HTTP_NOT_JSON: {
    title: 'An answer says that it is JSON, and is not',
    text: 'The header `content-type` of the answer names JSON, and the body cannot be read as JSON, or is nested too deep. The output `json` is null, and `body` has the text.',
  },
} as const satisfies Record<string, Explanation>;
