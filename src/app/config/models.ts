/** What is configured of models, in the form in which the rest of giga takes it. */
import type { SetLimits } from '../../core/claude/limiter.ts';
import { type Config, settingsOf } from './config.ts';

/** Who is asked where a step names nobody, if that is configured. */
export function defaultModel(config: Config): string | undefined {
  const name = settingsOf(config, 'models.default')[0]?.value;
  return typeof name === 'string' ? name : undefined;
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
