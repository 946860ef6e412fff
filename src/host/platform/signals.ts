/** Names and numbers of signals, and what exit codes say about them. */
import { constants } from 'node:os';

const NUMBERS: Readonly<Record<string, number>> = constants.signals;

/** The number of a signal such as `SIGTERM`; 0 when this system does not know it. */
export function signalNumber(name: string): number {
  return Object.hasOwn(NUMBERS, name) ? (NUMBERS[name] ?? 0) : 0;
}

/** What a shell gives as exit code when a program ended by a signal. */
export function signalExitCode(name: string): number {
  return 128 + signalNumber(name);
}
