/**
 * The functions of a runtime, in a shared buffer. Why that loses nothing is said
 * in the README of this folder.
 *
 * @module
 */

import { Reader } from "../../codec/reader.ts";
import { Writer } from "../../codec/writer.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { type Definitions, unknownFunction } from "./definition_list.ts";
import {
  decodeDefinition,
  encodeDefinition,
  type FunctionDefinition,
  inQuotes,
} from "./function_definition.ts";

/** Where the next entry goes, in words. */
const TAIL = 0;
/** For each hash the entry that was added last, or 0. */
const CHAINS = 32;
const CHAIN_COUNT = 1024;
const FIRST = CHAINS + CHAIN_COUNT;

// An entry. Its number is where it starts, in words.
const SELF = 0;
const LINK = 1;
const HASH = 2;
const LENGTH = 3;
const CONTENT = 4;

/** The number of an entry, if the entry is whole. */
const WHOLE = 0x4b660000;

/** The smallest buffer, in bytes. */
export const SMALLEST: number = 4 * FIRST;

/** Definitions that all threads of a runtime see. Nothing is ever removed. */
export class DefinitionMemory implements Definitions {
  readonly #words: Int32Array;

  /** Attaches to a buffer. */
  constructor(buffer: SharedArrayBuffer) {
    this.#words = wordsOf(
      { buffer, byteOffset: 0 },
      Math.floor(buffer.byteLength / 4),
    );
    // Whoever is first; all others find that it is done.
    Atomics.compareExchange(this.#words, TAIL, 0, FIRST);
  }

  /**
   * Adds a definition, unless it is there.
   *
   * @throws {RangeError} If there is no room for it.
   */
  add(definition: FunctionDefinition): number {
    const words = this.#words;
    const out = new Writer(64 + 2 * definition.text.length);
    encodeDefinition(out, definition);
    const hash = hashOf(out);
    const chain = CHAINS + (hash >>> 0) % CHAIN_COUNT;
    let mine = 0;
    let searched = 0;
    for (;;) {
      const last = Atomics.load(words, chain);
      const found = this.#find(out, hash, last, searched);
      if (found !== 0) return found;
      searched = last;
      if (mine === 0) mine = this.#write(out, hash, definition.name);
      words[mine + LINK] = last;
      if (Atomics.compareExchange(words, chain, last, mine) === last) {
        return mine;
      }
    }
  }

  at(number: number): FunctionDefinition {
    const words = this.#words;
    const start = number + CONTENT;
    if (
      !Number.isInteger(number) || number < FIRST || start > words.length ||
      Atomics.load(words, number + SELF) !== (number ^ WHOLE)
    ) throw unknownFunction(number);
    const length = words[number + LENGTH]!;
    if (length < 0 || length > words.length - start) {
      throw unknownFunction(number);
    }
    const copy = new Writer(4 * length);
    for (let k = 0; k < length; k++) copy.word(words[start + k]!);
    if (hashOf(copy) !== words[number + HASH]) throw unknownFunction(number);
    return decodeDefinition(
      Reader.of(copy.bytes.subarray(0, copy.byteLength)),
    );
  }

  /** Looks for a definition in a part of a chain. */
  #find(out: Writer, hash: number, from: number, to: number): number {
    const words = this.#words;
    for (let at = from; at !== to; at = words[at + LINK]!) {
      if (
        words[at + HASH] === hash && words[at + LENGTH] === out.length &&
        this.#holds(at + CONTENT, out)
      ) return at;
    }
    return 0;
  }

  #holds(start: number, out: Writer): boolean {
    for (let k = 0; k < out.length; k++) {
      if (this.#words[start + k] !== out.words[k]) return false;
    }
    return true;
  }

  /** Writes an entry into room that nobody else has. */
  #write(out: Writer, hash: number, name: string): number {
    const words = this.#words;
    const at = this.#reserve(CONTENT + out.length, name);
    words[at + HASH] = hash;
    words[at + LENGTH] = out.length;
    for (let k = 0; k < out.length; k++) {
      words[at + CONTENT + k] = out.words[k]!;
    }
    Atomics.store(words, at + SELF, at ^ WHOLE);
    return at;
  }

  #reserve(size: number, name: string): number {
    const words = this.#words;
    for (;;) {
      const at = Atomics.load(words, TAIL);
      if (size > words.length - at) {
        throw new RangeError(
          `Cannot send ${inQuotes(name)} to a worker as it takes ${
            4 * size
          } bytes: of the ${4 * words.length} bytes for functions, ${
            4 * (words.length - at)
          } are free`,
        );
      }
      if (Atomics.compareExchange(words, TAIL, at, at + size) === at) {
        return at;
      }
    }
  }
}

/** FNV-1a, by words. */
function hashOf({ words, length }: Writer): number {
  let hash = 0x811c9dc5 | 0;
  for (let k = 0; k < length; k++) {
    hash = Math.imul(hash ^ words[k]!, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}
