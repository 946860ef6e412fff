/** Finds which segments of a journal count, and in what order. Knows their first lines, not their records. */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import { laterClaim } from './claims.ts';
import { damaged, tooNew, torn } from './findings.ts';
import { JOURNAL_FORMAT, type SegmentHeader } from './format.ts';
import { headerOf, type Line } from './line.ts';

/** One file of a journal. `file` is its name for messages. */
export interface Segment {
  readonly epoch: number;
  readonly bytes: Uint8Array;
  readonly file: string;
}

/** A segment with its first line. */
export interface Link {
  readonly segment: Segment;
  readonly header: SegmentHeader;
  readonly line: Line;
}

/**
 * The segments that count, oldest first: from the one of the highest epoch back along `after`. One that no later segment names
 * was written by somebody who had already lost the run. Where one is missing or damaged, only what lies before it is given, with
 * an error in `diagnostics`.
 */
export function linkSegments(segments: readonly Segment[], diagnostics: Diagnostic[]): Link[] {
  const newestFirst = segments.toSorted((a, b) => b.epoch - a.epoch);
  let links: Link[] = [];
  let wanted = newestFirst[0]?.epoch ?? 0;
  for (const [index, segment] of newestFirst.entries()) {
    if (segment.epoch > wanted) continue;
    const isMissing = segment.epoch < wanted;
    const link = linkOf(segment, diagnostics);
    if (isMissing) diagnostics.push(missing(segment.file, wanted));
    if (isMissing || !link) links = [];
    if (link) links.push(link);
    wanted = link ? epochBefore(link) : (newestFirst[index + 1]?.epoch ?? 0);
    if (wanted === 0) return links.toReversed();
  }
  if (wanted > 0) diagnostics.push(missing(known(newestFirst[0]).file, wanted));
  return [];
}

/** 0 when nothing that was written before counts. */
function epochBefore(link: Link): number {
  return link.header.after.seq < 0 ? 0 : link.header.after.epoch;
}

function linkOf(segment: Segment, diagnostics: Diagnostic[]): Link | null {
  const found = headerOf(segment.bytes);
  if (!found) {
    diagnostics.push(...refuseHeadless(segment));
    return null;
  }
  const refusal = refuseHeader(segment, found.header);
  if (refusal) diagnostics.push(refusal);
  return refusal ? null : { segment, ...found };
}

/** The first segment gets its name before its header is on disk; any later one after. */
function refuseHeadless(segment: Segment): Diagnostic[] {
  const isTorn = segment.epoch === 1 && laterClaim(segment.bytes, 0, 0, 0) < 0;
  if (!isTorn) return [damaged(segment.file, 0, 'its first line is not whole')];
  return segment.bytes.length > 0 ? [torn(segment.file, segment.bytes, 0, -1)] : [];
}

function refuseHeader(segment: Segment, header: SegmentHeader): Diagnostic | null {
  if (header.journal > JOURNAL_FORMAT) return tooNew(segment.file, header.journal);
  if (header.epoch !== segment.epoch)
    return damaged(segment.file, 0, `it says that it is the segment of epoch ${header.epoch}`);
  if (header.after.epoch >= header.epoch)
    return damaged(segment.file, 0, 'it says that it follows itself or a later segment');
  return null;
}

function missing(neighbour: string, epoch: number): Diagnostic {
  return damaged(neighbour.replace(/\d+\.jsonl$/, `${epoch}.jsonl`), 0, 'the file is missing');
}
