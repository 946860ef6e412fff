/** The version of giga that this is; put in at build time. */
declare const GIGA_VERSION: string;

export const VERSION: string = typeof GIGA_VERSION === 'string' ? GIGA_VERSION : '0.0.0';
