/** The segments of one run's journal as files: reads them all, makes the next one. Knows no locks. */
import { basename, relative } from 'node:path';
import { encode, encodeHeader, type Mark } from '../../../core/journal/format.ts';
import { type ParsedJournal, parseSegments } from '../../../core/journal/parse.ts';
import { allSettled, type Disk, removeQuietly, temporaryName, writeAll } from '../../files.ts';
import { numbersIn, type RunLayout } from './layout.ts';
import type { OpenSegment } from './writer.ts';

/** Reads what there is; changes nothing. */
export function readJournal(disk: Disk, run: RunLayout): ParsedJournal {
  const epochs = disk.exists(run.journal) ? numbersIn(disk.names(run.journal), '', '.jsonl') : [];
  return parseSegments(
    epochs.map((epoch) => {
      const path = run.segment(epoch);
      return { epoch, bytes: disk.read(path), file: relative(process.cwd(), path) || path };
    }),
    basename(run.folder),
  );
}

/**
 * Makes the first segment. Its header is synced with the first records: until then there is nothing to lose.
 * `folders` are those whose new names must be on disk before anything is acknowledged.
 */
export function beginJournal(
  disk: Disk,
  run: RunLayout,
  id: string,
  after: Mark,
  folders: readonly string[],
): OpenSegment {
  disk.makeFolder(run.journal);
  const fd = disk.createFile(run.segment(1));
  try {
    const { text, crc } = encodeHeader({ epoch: 1, after, durableUpTo: -1 });
    writeAll(disk, fd, Buffer.from(text));
    const named = Promise.all([run.journal, run.folder, ...folders].map((folder) => disk.syncFolder(folder)));
    return { run: id, epoch: 1, fd, seq: after.seq, crc, named };
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

/**
 * Makes the segment that goes on from what was read. What the earlier one did not prove to be on disk is carried over, and the
 * segment gets its name when all of it is on disk, and the names of the earlier ones and of `folders` are: nobody relies on what
 * an earlier process meant to sync.
 */
export async function continueJournal(
  disk: Disk,
  run: RunLayout,
  id: string,
  epoch: number,
  reading: ParsedJournal,
  folders: readonly string[],
): Promise<OpenSegment> {
  if (!disk.exists(run.journal)) disk.makeFolder(run.journal);
  const { records, durable } = reading;
  const path = run.segment(epoch);
  const temporary = temporaryName(path);
  const fd = disk.createFile(temporary);
  try {
    const header = encodeHeader({ epoch, after: durable, durableUpTo: records.length - 1 });
    const carried = encode(records.slice(durable.seq + 1), header.crc);
    writeAll(disk, fd, Buffer.from(header.text + carried.text));
    const names = durable.seq < 0 ? [run.journal, run.folder, ...folders] : [run.journal];
    await allSettled([disk.sync(fd), ...names.map((folder) => disk.syncFolder(folder))]);
    disk.link(temporary, path);
    await disk.syncFolder(run.journal);
    return { run: id, epoch, fd, seq: records.length - 1, crc: carried.crc, named: Promise.resolve() };
  } catch (error) {
    disk.close(fd);
    throw error;
  } finally {
    removeQuietly(disk, temporary);
  }
}
