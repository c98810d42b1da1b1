import { equal } from "node:assert";
import { BatchRing } from "../../../sync/mod.ts";
import type { Running } from "../../harness/scenario.ts";

const MOST = 100_000;
const RINGS = 16;
const TIMES = 15;

/** More than the caches of a core hold: many records have driven more out of them than few. */
const DUST = new Float64Array(2 ** 19);

/** Has the pages of memory that nobody has used so far. */
function touch(buffer: SharedArrayBuffer): void {
  const bytes = new Uint8Array(buffer);
  for (let k = 0; k < bytes.length; k += 4096) bytes[k] = bytes[k]!;
}

/** What it takes to bound a batch of so many records: one of each ring, the median of some times. */
export function bounding(size: number): Running {
  const rings = Array.from(
    { length: RINGS },
    () => new BatchRing("i32", 2 ** 17),
  );
  for (const { handle } of rings) touch(handle.buffer);
  const consumers = rings.map((ring) => ring.consumer());
  const records = new Int32Array(size);
  const others = new Int32Array(MOST - size);
  function time(): number {
    for (const [k, ring] of rings.entries()) {
      // So that each batch begins as far behind the one before.
      ring.pushMany(others);
      consumers[k]!.bound()?.free();
      equal(ring.pushMany(records), size);
    }
    DUST.fill(size);
    const start = performance.now();
    const batches = consumers.map((consumer) => consumer.bound());
    const end = performance.now();
    for (const batch of batches) {
      equal(batch?.length, size);
      batch?.free();
    }
    return 1e6 * (end - start) / RINGS;
  }
  return {
    run() {
      const times = Array.from({ length: TIMES }, time);
      const value = times.sort((a, b) => a - b)[TIMES >> 1]!;
      return Promise.resolve({ value });
    },
    close() {},
  };
}
