import { assertEquals, assertGreater } from "@std/assert";
import process from "node:process";
import { HeapGauge, readGauge } from "../../../workers/stats/heap_gauge.ts";
import { withClock } from "./clock.ts";

const KIB = 1024;
const AT = 1;

/** A gauge of a heap that holds what it is told to. */
function withHeap(
  maxHeap: number,
  run: (parts: {
    readonly gauge: HeapGauge;
    readonly heap: { used: number; looks: number };
    readonly words: Int32Array;
    readonly full: () => number;
  }) => void,
): void {
  const { memoryUsage } = Deno;
  const heap = { used: 0, looks: 0 };
  Deno.memoryUsage = () => {
    heap.looks++;
    return { ...memoryUsage(), heapUsed: heap.used };
  };
  try {
    const words = new Int32Array(new SharedArrayBuffer(16));
    let full = 0;
    const onFull = () => full++;
    const gauge = new HeapGauge({ words, at: AT, maxHeap, onFull });
    run({ gauge, heap, words, full: () => full });
  } finally {
    Deno.memoryUsage = memoryUsage;
  }
}

Deno.test("HeapGauge.look() publishes what the heap holds, in whole KiB", () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  assertEquals(readGauge(words, AT), undefined);
  const limits = { maxHeap: Infinity, onFull: () => {} };
  new HeapGauge({ words, at: AT, ...limits }).look();
  assertGreater(readGauge(words, AT)!, 1 << 20);
  withHeap(Infinity, ({ gauge, heap, words }) => {
    heap.used = 5 * KIB + 1;
    gauge.look();
    assertEquals(readGauge(words, AT), 6 * KIB);
    assertEquals([words[0], words[2]], [0, 0]);
  });
});

Deno.test("HeapGauge.look() asks the engine every 10 ms at most", () => {
  withClock((clock) =>
    withHeap(Infinity, ({ gauge, heap, words }) => {
      for (const at of [100, 100, 109.9, 110, 119, 125]) {
        clock.now = at;
        heap.used = at * KIB;
        gauge.look();
      }
      assertEquals(heap.looks, 3);
      assertEquals(readGauge(words, AT), 125 * KIB);
    })
  );
});

Deno.test("HeapGauge.look() says nothing where the engine does not tell", () => {
  const { memoryUsage } = process;
  withHeap(0, ({ gauge, words, full }) => {
    Deno.memoryUsage = process.memoryUsage = undefined as never;
    try {
      gauge.look();
    } finally {
      process.memoryUsage = memoryUsage;
    }
    assertEquals([readGauge(words, AT), full()], [undefined, 0]);
  });
});

Deno.test("HeapGauge.look() says that the heap is full, and again after a second", () => {
  withClock((clock) =>
    withHeap(8 * KIB, ({ gauge, heap, full }) => {
      const seen = [
        [100, 8 * KIB],
        [200, 8 * KIB + 1],
        [300, 9 * KIB],
        [1199, 9 * KIB],
        [1210, 8 * KIB],
        [1220, 9 * KIB],
        [2300, 9 * KIB],
      ].map(([now, used]) => {
        clock.now = now!;
        heap.used = used!;
        gauge.look();
        return full();
      });
      assertEquals(seen, [0, 1, 1, 1, 1, 2, 3]);
    })
  );
});
