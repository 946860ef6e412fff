/** Keeps what an authorization server gave to giga: one file for each MCP server, readable by its owner alone. Knows no protocol. */
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { digest, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { temporaryName, writeWholeFile } from '../files.ts';

export interface TokenStore {
  read(key: Json): JsonObject;
  /** What cannot be kept is asked for again another time. */
  write(key: Json, value: JsonObject): void;
}

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY = 0o600;

export function tokenStore(folder: string): TokenStore {
  const pathOf = (key: Json): string => join(folder, `${digest(key)}.json`);
  return {
    read(key) {
      try {
        const value: unknown = JSON.parse(readFileSync(pathOf(key), 'utf8'));
        return isJsonObject(value) ? value : {};
      } catch {
        return {};
      }
    },
    write(key, value) {
      const path = pathOf(key);
      const temporary = temporaryName(path);
      try {
        mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
        writeWholeFile(temporary, JSON.stringify(value), { mode: OWNER_ONLY, flag: 'wx' });
        renameSync(temporary, path);
      } catch {
        rmSync(temporary, { force: true });
      }
    },
  };
}

/** For a process that keeps nothing. */
export function noTokens(): TokenStore {
  const values = new Map<string, JsonObject>();
  return {
    read: (key) => values.get(digest(key)) ?? {},
    write: (key, value) => void values.set(digest(key), value),
  };
}
