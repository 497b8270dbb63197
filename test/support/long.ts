/** SEAGLASS_TEST_LONG=1: claims that only time and repetition make stronger run as long as they are meant to; by default a fraction of it. */
export const LONG = process.env['SEAGLASS_TEST_LONG'] === '1';
