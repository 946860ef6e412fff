/** The version of giga that this is; put in at build time. */
declare const GIGA_VERSION: string;

/* istanbul ignore next -- @preserve: it is put in by what builds, and absent where the sources are run as they are */
export const VERSION: string = typeof GIGA_VERSION === 'string' ? GIGA_VERSION : '0.0.0';
