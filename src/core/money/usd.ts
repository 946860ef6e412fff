/** Amounts of money as whole nano-dollars, and as people see them. Sums are of whole numbers only: no cent is lost or made by rounding. */

const NANO_PER_USD = 1_000_000_000;
/** Four million dollars: below it a number of dollars and its nano-dollars say the same. */
const MOST_USD = 4_000_000;

/** Whole nano-dollars of a number of dollars such as `0.1`; null if it is none, negative, or out of all proportion. */
export function toNano(usd: unknown): number | null {
  if (typeof usd !== 'number' || !(usd >= 0 && usd <= MOST_USD)) return null;
  return Math.round(usd * NANO_PER_USD);
}

/** As journals and steps carry it. `toNano` gives the same nano-dollars back. */
export function fromNano(nano: number): number {
  return nano / NANO_PER_USD;
}

/** All of it, with two places at least: `2.50`, `0.000125`. */
export function usdText(nano: number): string {
  const whole = Math.floor(nano / NANO_PER_USD);
  const rest = String(nano % NANO_PER_USD).padStart(9, '0');
  return `${whole}.${rest.slice(0, 2)}${rest.slice(2).replace(/0+$/, '')}`;
}

/** For a glance: `$12.40`, and with more places what is less than a dollar: `$0.0125`. Rounded up, so that what was spent is never nothing. */
export function shortUsd(nano: number): string {
  const unit = nano >= NANO_PER_USD ? 10_000_000 : 100_000;
  return `$${usdText(Math.ceil(nano / unit) * unit)}`;
}

/** The least number of dollars, in whole cents, that holds an amount: for advice. */
export function centsAbove(nano: number): string {
  return usdText(Math.ceil(nano / 10_000_000) * 10_000_000);
}
