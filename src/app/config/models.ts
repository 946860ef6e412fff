/** What is configured of models, in the form in which the rest of giga takes it. */
import type { SetLimits } from '../../core/claude/limiter.ts';
import type { ModelBook } from '../../core/claude/models.ts';
import { type Config, compilerSettings, settingsOf } from './config.ts';

export function configuredModels(config: Config): ModelBook {
  return compilerSettings(config).config.models ?? {};
}

/** How much may be asked at once, and within a minute; what is not said has no limit but that of the provider. */
export function modelLimits(config: Config): SetLimits {
  const limit = (key: string): number | undefined => {
    const value = settingsOf(config, `models.limits.${key}`)[0]?.value;
    return typeof value === 'number' ? value : undefined;
  };
  const concurrent = limit('concurrent');
  const requestsPerMinute = limit('requests-per-minute');
  const tokensPerMinute = limit('tokens-per-minute');
  return {
    ...(concurrent !== undefined && { concurrent }),
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  };
}
