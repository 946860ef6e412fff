/** Who sits at this machine, as it knows them. */
import { userInfo } from 'node:os';

/** Empty where no user has the number that giga runs under. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
