/**
 * The tags of the encoding: the low byte of the first word of each value. The
 * other 24 bits hold a small number: a length, a count or the value itself.
 *
 * @module
 */

export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** The value is in the tag word: -2^23 to 2^23 - 1. */
export const SMALL = 4;
/** Two words: a 64-bit float. */
export const DOUBLE = 5;
/** 24 bits: 1 if negative; the hexadecimal digits as a text. */
export const BIGINT = 6;
/** 24 bits: how many characters; one byte each. */
export const LATIN1 = 7;
/** A word: how many bytes. */
export const UTF8 = 8;
/** A word: how many code units. For strings with lone surrogates. */
export const UTF16 = 9;
/** A word: how many values follow. */
export const ARRAY = 10;
/** A word: how many pairs of key and value follow. */
export const OBJECT = 11;
/** A word: how many pairs follow. */
export const MAP = 12;
/** A word: how many values follow. */
export const SET = 13;
/** A double: ms since the epoch. */
export const DATE = 14;
/** 24 bits: which class; a word: how many bytes. */
export const BYTES = 15;
/**
 * 24 bits: flags; name, message and stack; then what the flags say: the cause, a count
 * and so many errors, the two of a SuppressedError, a count and so many properties.
 */
export const ERROR = 16;
/** 24 bits: which buffer of the frame. */
export const SHARED_BUFFER = 17;
/** 24 bits: which class; a word for the buffer, then the byte offset. */
export const SHARED_OBJECT = 18;
/** As OBJECT, without a prototype. */
export const BARE_OBJECT = 19;
/** 24 bits: which of the moved things of the frame, which is the value. */
export const MOVED = 20;
/**
 * 24 bits: which class of views; a word: on which of the moved things; two doubles:
 * where it starts, in bytes, and how many elements it has.
 */
export const MOVED_VIEW = 21;
/** 24 bits: which kind; then what stands for the value. */
export const KIND = 22;
/** 24 bits: which of the objects before it, in the order of their tags. */
export const REPEAT = 23;
/**
 * Only as the first word of a value or of the arguments of a call: there are repeats
 * in it, so that the reader has to count objects.
 */
export const GRAPH = 24;
/**
 * Only as the first word, before `GRAPH`. 24 bits: how many exports of modules have to
 * be there to read what follows; a word: how many words the preamble has from here on;
 * then where the sender is, and for each export two texts: its module and its name.
 */
export const PREAMBLE = 25;
/**
 * An instance of a class. 24 bits: which of the exports of the preamble; then what was
 * taken of it, or a word: how many pairs of key and value follow.
 */
export const INSTANCE = 26;
/** What follows is not told that it has moved. */
export const UNAWARE = 27;
