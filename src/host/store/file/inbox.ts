/** Hands commands to the process that drives a run, as files in the run's folder. Knows no commands. */
import { problem, type Result } from '../../../core/diagnostic/diagnostic.ts';
import type { Json } from '../../../core/json.ts';
import { type Disk, errorCode, placeFile, removeQuietly } from '../../files.ts';
import { numbersIn, type RunLayout } from './layout.ts';
import type { Held } from './lock.ts';

/** A larger command is no command. */
const COMMAND_LIMIT_BYTES = 64 * 1024;
/** How many senders at once may take a number before this one. */
const TRIES_LIMIT = 1000;
/** Where the platform tells of no changes, the folder is looked at so often. */
const POLL_MS = 1000;

/** A command is meant for one holder: whoever goes on with the run later must not find it. */
interface Letter {
  readonly epoch: number;
  readonly command: Json;
}

/** Leaves a command for the holder of `epoch`. */
export function leaveCommand(disk: Disk, run: RunLayout, epoch: number, command: Json): void {
  const letter: Letter = { epoch, command };
  const bytes = Buffer.from(JSON.stringify(letter));
  if (bytes.length > COMMAND_LIMIT_BYTES) throw new Error(`Bug: a command of ${bytes.length} bytes`);
  disk.makeFolders(run.inbox);
  const first = (numbersIn(disk.names(run.inbox), '', '.json').at(-1) ?? 0) + 1;
  for (let number = first; number < first + TRIES_LIMIT; number++) {
    if (placeFile(disk, nameOf(run, number), bytes)) return;
  }
  throw Object.assign(new Error('EBUSY: the inbox is flooded'), { code: 'EBUSY' });
}

/** Gives every command for `epoch` to `onCommand`, in order, and removes it; removes older ones unread. */
export function takeCommands(disk: Disk, run: RunLayout, epoch: number, onCommand: (command: Json) => void): void {
  if (!disk.exists(run.inbox)) return;
  for (const number of numbersIn(disk.names(run.inbox), '', '.json')) {
    const path = nameOf(run, number);
    const letter = readLetter(disk, path);
    if (letter && letter.epoch > epoch) continue; // for who took the run over
    removeQuietly(disk, path);
    if (letter?.epoch === epoch) onCommand(letter.command);
  }
}

/** Looks for commands until the returned function is called: when the folder changes, and now and then. */
export function watchCommands(
  disk: Disk,
  run: RunLayout,
  epoch: number,
  onCommand: (command: Json) => void,
): () => void {
  const look = (): void => {
    try {
      takeCommands(disk, run, epoch, onCommand);
    } catch (error) {
      if (errorCode(error) === null) throw error; // what cannot be read now may be later
    }
  };
  const stopWatching = watchFolder(disk, run, look);
  const poll = setInterval(look, POLL_MS);
  poll.unref();
  look();
  return () => {
    stopWatching();
    clearInterval(poll);
  };
}

/** Without its folder the inbox is only polled. */
function watchFolder(disk: Disk, run: RunLayout, look: () => void): () => void {
  try {
    disk.makeFolders(run.inbox);
    return disk.watch(run.inbox, look);
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return () => {};
  }
}

function readLetter(disk: Disk, path: string): Letter | null {
  const bytes = disk.readEnd(path, COMMAND_LIMIT_BYTES);
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    const isLetter = typeof value === 'object' && value !== null && 'epoch' in value && 'command' in value;
    return isLetter && typeof value.epoch === 'number' ? { epoch: value.epoch, command: value.command as Json } : null; // out of JSON
  } catch {
    return null;
  }
}

function nameOf(run: RunLayout, number: number): string {
  return `${run.inbox}/${number}.json`;
}

/** Why a command cannot be handed over: nobody is there to read it. */
export function refuseCommand(id: string, held: Held | null): Result<never> {
  const message =
    held?.liveness === 'elsewhere'
      ? `Run ${id} is not driven by a process of this machine.`
      : `Nobody drives run ${id} at the moment.`;
  return {
    ok: false,
    diagnostics: [
      problem('RUN_NOT_LIVE', message, {
        hint: `See \`giga runs show ${id}\`; \`giga resume ${id}\` goes on with it.`,
      }),
    ],
  };
}
