/**
 * Named pipes for output that giga must read. What Node calls a pipe is a socket, and a program cannot open `/dev/stderr` anew
 * when that is a socket (`echo oops > /dev/stderr` fails). Knows nothing of programs.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { currentPlatform } from '../platform/platform.ts';
import { removeFile } from './logs.ts';

export interface Fifo {
  /** For the program; to be closed here once it has started. */
  readonly writeFd: number;
  readonly stream: Readable;
}

export interface Fifos {
  /** A fresh pipe, whose name is gone at once; null where the system has none. */
  open(): Fifo | null;
  /** Removes the names that were made and not used. */
  close(): void;
}

/** Names are made by a program, so several at once, in a folder of their own: who reads a pipe by mistake waits for ever. */
const MADE_AT_ONCE = 16;

export function createFifos(): Fifos {
  let names: string[] = [];
  let folder: string | null = null;
  let isUsable = currentPlatform().hasProcessGroups;

  const make = (): void => {
    folder ??= mkdtempSync(join(tmpdir(), 'giga-pipes-'));
    const home = folder;
    const made = Array.from({ length: MADE_AT_ONCE }, () => join(home, randomBytes(6).toString('hex')));
    const { status } = spawnSync('mkfifo', ['-m', '600', '--', ...made], { stdio: 'ignore' });
    if (status === 0) names.push(...made);
    else isUsable = false;
  };
  return {
    open() {
      if (!isUsable) return null;
      try {
        if (names.length === 0) make();
        const name = names.pop();
        return name === undefined ? null : openFifo(name);
      } catch {
        isUsable = false; // a disk without pipes: sockets do for nearly all programs
        return null;
      }
    },
    close() {
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
      folder = null;
      names = [];
    },
  };
}

/** The reading end first, and without waiting: the writing end cannot be opened before it. */
function openFifo(name: string): Fifo {
  const readFd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return {
      writeFd: openSync(name, constants.O_WRONLY),
      stream: new Socket({ fd: readFd, readable: true, writable: false }),
    };
  } catch (error) {
    closeSync(readFd);
    throw error;
  } finally {
    removeFile(name);
  }
}
