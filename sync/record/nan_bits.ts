/**
 * The bits of NaN. A number that is NaN may have any of many bits, by how it came
 * about; what is compared bit by bit is written with these.
 *
 * @module
 */

/** As a number of 32 bits. */
export const NAN32 = 0x7fc00000;
/** As a number of 64 bits. */
export const NAN64 = 0x7ff8000000000000n;
