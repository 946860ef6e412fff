/** The file name, without suffix, of what an attempt leaves behind. Pure. */
import { sha256 } from '../../core/json.ts';
import type { Path } from '../../core/run/event.ts';

const MAX_LENGTH = 100;
const HASH_LENGTH = 10;

/**
 * `deploy/upload`, attempt 2, is `deploy.upload-2`. Two paths never share a name, also where the disk takes large and small
 * letters for the same: a path that is not its own name gets a hash.
 */
export function logName(path: Path, attempt: number): string {
  const name = path.replaceAll('/', '.');
  const isPlain =
    name.length <= MAX_LENGTH && /^[a-z0-9_.-]+$/.test(name) && !path.includes('.') && !path.startsWith('/');
  if (isPlain) return `${name}-${attempt}`;
  const readable = name.replaceAll(/[^A-Za-z0-9_.-]+/g, '_').slice(0, MAX_LENGTH);
  return `${readable}~${sha256(path).slice(0, HASH_LENGTH)}-${attempt}`;
}
