/**
 * What the encoder throws where it cannot go on.
 *
 * @module
 */

/**
 * Says that a value is not portable. The encoder does not know the path of the
 * value; who catches this finds it.
 */
export const UNPORTABLE: unique symbol = Symbol("unportable");
