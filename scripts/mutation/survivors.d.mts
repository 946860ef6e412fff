/** The types of `survivors.mjs`, for the test that reads it. */
export function explained(page: string): ReadonlySet<string>;
