/**
 * How much of its V8 heap a thread uses, as it says itself now and then.
 *
 * @module
 */

/** A thread looks at most so often, in ms: it costs far more than counting. */
const INTERVAL = 10;

/** A thread that is full says so at most so often, in ms. */
const REMINDER = 1000;

/** The unit of what is published. */
const KIB = 1024;

/** What a gauge is told. */
export interface HeapGaugeOptions {
  /** Where it publishes: one word, which others read. */
  readonly words: Int32Array;
  /** The place of that word. */
  readonly at: number;
  /** What the heap may hold, in bytes. */
  readonly maxHeap: number;
  /** The heap holds more than that. */
  readonly onFull: () => void;
}

/** Publishes how much of its heap a thread uses. */
export class HeapGauge {
  readonly #options: HeapGaugeOptions;
  #lastLook = -Infinity;
  #lastReminder = -Infinity;

  /** Has not looked yet. */
  constructor(options: HeapGaugeOptions) {
    this.#options = options;
  }

  /** Looks, unless it has just done so. */
  look(): void {
    const now = performance.now();
    if (now - this.#lastLook < INTERVAL) return;
    this.#lastLook = now;
    const used = heapUsed();
    if (used === undefined) return;
    const { words, at, maxHeap, onFull } = this.#options;
    words[at] = Math.ceil(used / KIB);
    if (used <= maxHeap || now - this.#lastReminder < REMINDER) return;
    this.#lastReminder = now;
    onFull();
  }
}

/** What a gauge has published, in bytes; undefined: nothing yet. */
export function readGauge(words: Int32Array, at: number): number | undefined {
  const kib = Atomics.load(words, at);
  return kib === 0 ? undefined : kib * KIB;
}

interface Usage {
  readonly heapUsed: number;
}

interface Engine {
  memoryUsage?(): Usage;
}

const { Deno: deno, process: node } = globalThis as {
  readonly Deno?: Engine;
  readonly process?: Engine;
};

/** What the heap of this thread holds, in bytes, if the engine tells. */
function heapUsed(): number | undefined {
  return (deno?.memoryUsage ?? node?.memoryUsage)?.().heapUsed;
}
