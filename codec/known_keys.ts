/**
 * The names of properties that were read before.
 *
 * Objects mostly have the same few names. To find the text of one by its bytes takes a
 * fraction of what it takes to make it, and to make the engine look for it among all
 * names that it knows.
 *
 * @module
 */

import type { Reader } from "./reader.ts";

/** Longer names are not kept, in words of their bytes. */
const LONGEST = 4;
/** How many places there are, a power of two; a name has one, and takes it. */
const PLACES = 1024;
const SHIFT = 32 - Math.log2(PLACES);

// A place: the first word of the name as it stands in a frame, then its bytes.
const WORDS_PER_PLACE = 1 + LONGEST;
const PLACE_WORDS = new Int32Array(WORDS_PER_PLACE * PLACES);
const TEXTS: string[] = new Array(PLACES).fill("");

/**
 * Reads a name whose first word was read, if it was read before; otherwise nothing is
 * read.
 */
export function knownKey(from: Reader, word: number): string | undefined {
  const length = wordsOf(word);
  if (length > LONGEST) return undefined;
  const { words, at } = from;
  if (at + length > from.end) from.need(length);
  const place = placeOf(words, at, word);
  const base = WORDS_PER_PLACE * place;
  if (PLACE_WORDS[base] !== word) return undefined;
  for (let k = 0; k < length; k++) {
    if (PLACE_WORDS[base + 1 + k] !== words[at + k]) return undefined;
  }
  from.at += length;
  return TEXTS[place];
}

/** Keeps a name that was read at some place. */
export function learnKey(
  words: Int32Array,
  at: number,
  word: number,
  text: string,
): string {
  const length = wordsOf(word);
  if (length > LONGEST) return text;
  const place = placeOf(words, at, word);
  const base = WORDS_PER_PLACE * place;
  PLACE_WORDS[base] = word;
  for (let k = 0; k < length; k++) PLACE_WORDS[base + 1 + k] = words[at + k]!;
  // As a name, the text is the engine's own one for it.
  return TEXTS[place] = Object.keys({ [text]: 0 })[0]!;
}

function wordsOf(word: number): number {
  return ((word >>> 8) + 3) >> 2;
}

function placeOf(words: Int32Array, at: number, word: number): number {
  const end = at + wordsOf(word);
  let hash = word;
  for (let k = at; k < end; k++) {
    hash = Math.imul(hash ^ words[k]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca6b) >>> SHIFT;
}
