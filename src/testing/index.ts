/**
 * What tests of workflows, step types and plugins can use, and what giga tests itself with: a machine in memory, whose time, disk
 * and processes do as they are told, and on which the engine and the store of giga run as they are.
 *
 *     import { compile } from 'giga';
 *     import { simulateRun, troubleAt } from 'giga/testing';
 */
export type { Script, ScriptedEnd, ScriptedSignal, ScriptedVerdict } from '../sim/simulate.ts';
export { type Chance, makeChance } from './chance.ts';
export { checkJournal, JOURNAL_INVARIANTS, type Violation } from './journal-checks.ts';
export { type Machine, virtualMachine } from './machine.ts';
export { type MemoryClaims, memoryClaims } from './memory-claims.ts';
export { type DiskUser, type MemoryDisk, memoryDisk } from './memory-disk.ts';
export { type RandomCase, randomCase, seedsFrom } from './random-plan.ts';
export { referenceEnd } from './reference.ts';
export { shrinkLife, tellFailure } from './report.ts';
export { emptyCache, noArtifacts, noMask, scriptedCaptures, scriptedFiles } from './scripted-ports.ts';
export { scriptedSteps } from './scripted-steps.ts';
export { type RunInWorld, simulateRun, troubleAt } from './simulate-run.ts';
export { type SeedLived, simulateCase, simulateSeed } from './simulate-seed.ts';
export type { Lived } from './simulation.ts';
export { type Blow, NO_TROUBLE, type Trouble, type Troubles, troublesOf } from './trouble.ts';
export { type VirtualTime, virtualTime } from './virtual-time.ts';
