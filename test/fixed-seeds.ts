/** Random tests meet the same cases each time, unless a seed is given: for runs that count what was met. */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.GIGA_SEED ?? 11) });
