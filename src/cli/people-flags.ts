/** `--wait` and `--verdicts`: how a run that goes on here deals with people. */
import { readVerdictFiles } from '../app/verdict-file.ts';
import type { People } from '../app/wire.ts';
import type { Result } from '../core/diagnostic/diagnostic.ts';
import type { Call } from './command-spec.ts';

export function peopleFlags({ flags, cwd }: Call): Result<People> {
  const stays = flags.on('wait');
  const read = readVerdictFiles(cwd, flags.list('verdicts'));
  return read.ok ? { ok: true, value: { stays, verdicts: read.value } } : read;
}
