/**
 * Words of a text, and how often each of them occurs.
 *
 * @module
 */

/** Words of more characters than this are counted, but not listed. */
const LONGEST_LISTED = 1000;
/** So many different words are listed; further ones are only counted. */
const MOST_LISTED = 1_000_000;
/** A shorter part of a text is a copy in V8; a longer one keeps the text alive. */
const SHORTEST_SLICE = 13;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Whether a byte or a character is one of the six that stand between words:
 * space, `\t`, `\n`, `\v`, `\f` and `\r`.
 */
export function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Adds the words of a text to a list. Returns how many there are. */
export function countWords(text: string, list: Map<string, number>): number {
  let words = 0;
  let start = 0;
  for (let end = 0; end <= text.length; end++) {
    if (end < text.length && !isSpace(text.charCodeAt(end))) continue;
    if (end > start) {
      words++;
      if (end - start <= LONGEST_LISTED) {
        addWord(list, text.substring(start, end), 1);
      }
    }
    start = end + 1;
  }
  return words;
}

/** Adds one list to another. */
export function mergeWords(
  list: Map<string, number>,
  other: ReadonlyMap<string, number>,
): void {
  for (const [word, count] of other) addWord(list, word, count);
}

/** The commonest words first; of those that are alike, in the order of their characters. */
export function commonestWords(
  list: ReadonlyMap<string, number>,
  most: number,
): [word: string, count: number][] {
  return [...list]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most);
}

function addWord(list: Map<string, number>, word: string, count: number): void {
  const before = list.get(word);
  if (before !== undefined) list.set(word, before + count);
  else if (list.size < MOST_LISTED) list.set(ownCopy(word), count);
}

/** A word that does not keep the text alive that it was cut from. */
function ownCopy(word: string): string {
  return word.length < SHORTEST_SLICE
    ? word
    : decoder.decode(encoder.encode(word));
}
