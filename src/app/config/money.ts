/** Prices and budgets as they are configured, in the form in which the rest of giga takes them. */
import { bareObject, type Json } from '../../core/json.ts';
import type { Limits } from '../../core/money/caps.ts';
import type { Band, Price } from '../../core/money/price-table.ts';
import type { PriceTable } from '../../core/money/prices.ts';
import type { BudgetSpec } from '../../core/plan/budget.ts';
import { limitsOf } from '../../core/run/budget.ts';
import { type Config, configKeys, settingsOf } from './config.ts';

/** The prices that the configuration adds to those of giga, or puts in their place. */
export function configuredPrices(config: Config): PriceTable {
  const models = configKeys(config).filter((key) => key.startsWith('prices.'));
  return bareObject(
    models.flatMap((key) => {
      const [setting] = settingsOf(config, key);
      return setting === undefined ? [] : [[key.slice('prices.'.length), priceIn(setting.value, setting.origin.text)]];
    }),
  );
}

/** As `readPrices` took it. What is not said of caches is derived as the provider does, and a read, which has no rule, counts as input. */
function priceIn(value: Json, source: string): Price {
  const bands = (value as readonly Readonly<Record<string, number>>[]).map((rates): Band => {
    const { input = 0, output = 0 } = rates;
    return {
      ...(rates['prompt-up-to'] !== undefined && { promptUpTo: rates['prompt-up-to'] }),
      input,
      output,
      write5m: rates['cache-write'] ?? input * 1.25,
      write1h: rates['cache-write-1h'] ?? input * 2,
      read: rates['cache-read'] ?? input,
    };
  });
  return { bands, source };
}

/** What all runs of a store together may take on a day; null where nothing bounds it. */
export function dayLimits(config: Config): Limits | null {
  const limits = (['usd', 'tokens', 'calls'] as const).flatMap((measure) => {
    const [setting] = settingsOf(config, `budget.day.${measure}`);
    return setting === undefined ? [] : [[measure, setting.value] as const];
  });
  return limits.length === 0 ? null : limitsOf(Object.fromEntries(limits) as BudgetSpec); // `readDayBudget` took numbers only
}
