/** The states of a step on the screen: a symbol and a word for each, never colour alone. */
import type { Tone } from './text.ts';

export type State =
  | 'ok'
  | 'kept'
  | 'failed'
  | 'allowed'
  | 'retrying'
  | 'interrupted'
  | 'sent-back'
  | 'skipped'
  | 'cancelled'
  | 'running'
  | 'serving'
  | 'waiting'
  | 'in-doubt'
  | 'blocked';

export interface Look {
  readonly symbol: string;
  readonly word: string;
  readonly tone: Tone;
}

export const LOOKS: Readonly<Record<State, Look>> = {
  ok: { symbol: '✔', word: 'ok', tone: 'good' },
  kept: { symbol: '↺', word: 'kept', tone: 'good' },
  failed: { symbol: '✘', word: 'failed', tone: 'bad' },
  allowed: { symbol: '✘', word: 'failed (allowed)', tone: 'warn' },
  retrying: { symbol: '✘', word: 'failed', tone: 'warn' },
  interrupted: { symbol: '↯', word: 'cut off', tone: 'warn' },
  'sent-back': { symbol: '↩', word: 'sent back', tone: 'warn' },
  skipped: { symbol: '○', word: 'skipped', tone: 'dim' },
  cancelled: { symbol: '■', word: 'cancelled', tone: 'warn' },
  running: { symbol: '⠋', word: 'running', tone: 'accent' },
  serving: { symbol: '◉', word: 'serving', tone: 'accent' },
  waiting: { symbol: '◷', word: 'waiting', tone: 'dim' },
  'in-doubt': { symbol: '?', word: 'in doubt', tone: 'warn' },
  blocked: { symbol: '◷', word: 'blocked', tone: 'dim' },
};

/** The frames of the symbol of a running step; ten a second at most. */
export const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
