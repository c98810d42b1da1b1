import { assert, assertEquals, assertThrows } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import {
  movePages,
  nodeOf,
  nodesOf,
  NumaBuffer,
  pinThread,
  topology,
} from "../../topology/mod.ts";
import {
  MEMORY,
  NEEDS_PLACEMENT,
  PAGE,
  PLACES,
  WITH_PLACEMENT,
} from "../ffi/memory_placement.ts";
import { nodesWithUsableMemory } from "./usable_memory.ts";

const { nodes } = topology();
const withMemory = nodes.filter((node) => node.memory !== 0);
const usable = nodesWithUsableMemory();
const forbidden = withMemory.filter((node) => !usable.includes(node));
const memoryless = nodes.filter((node) => node.memory === 0);
const hugePageSize = Number(
  platform().readFile("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"),
);
const givesHugePages = PLACES && hugePageSize > 0 &&
  !(platform().readFile("/sys/kernel/mm/transparent_hugepage/enabled") ??
    "[never]").includes("[never]");

/** The kernel's flags of the mapping that an address lies in. */
function flagsAt(address: bigint): string[] {
  const maps = platform().readFile("/proc/self/smaps") ?? "";
  const entry = maps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).find((each) => {
    const [start, end] = each.split(" ", 1)[0]!.split("-")
      .map((part) => BigInt(`0x${part}`));
    return start! <= address && address < end!;
  });
  return /^VmFlags: (.*)$/m.exec(entry ?? "")![1]!.split(" ");
}

for (const { id } of usable) {
  Deno.test({
    ...WITH_PLACEMENT,
    name:
      `NumaBuffer.allocate() binds every page to node ${id}${NEEDS_PLACEMENT}`,
    fn() {
      // Neither a whole number of pages nor of words.
      const size = 40 * PAGE + 9;
      const numa = NumaBuffer.allocate(size, { node: id });
      assertEquals([numa.placement, numa.reason], ["bound", undefined]);
      assertEquals([numa.node, numa.byteLength], [id, size]);
      assertEquals(nodesOf(numa.buffer), Array(41).fill(undefined));
      const bytes = numa.view(Uint8Array);
      assert(bytes.every((byte) => byte === 0));
      bytes.fill(1);
      assertEquals(nodesOf(numa.buffer), Array(41).fill(id));
      assertEquals(nodeOf(numa.buffer, size - 1), id);
    },
  });
}

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `NumaBuffer.allocate() takes the node of the thread where none is given${NEEDS_PLACEMENT}`,
  fn() {
    for (const { id, processors } of usable) {
      const here = topology().allowed.intersect(processors);
      if (here.size === 0) continue;
      using _pin = pinThread(here);
      const numa = NumaBuffer.allocate(PAGE);
      assertEquals([numa.placement, numa.node], ["bound", id]);
    }
  },
});

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `NumaBuffer.allocate() takes a node as an object and strictly${NEEDS_PLACEMENT}`,
  fn() {
    const node = usable.at(-1)!;
    const numa = NumaBuffer.allocate(3 * PAGE, { node, strict: true });
    numa.view(Uint8Array).fill(1);
    assertEquals(nodesOf(numa.buffer), Array(3).fill(node.id));
  },
});

Deno.test({
  name: "NumaBuffer.allocate() asks for huge pages (needs a kernel that does)",
  ignore: !givesHugePages,
  fn() {
    const size = 4 * hugePageSize;
    const numa = NumaBuffer.allocate(size, {
      node: usable[0]!,
      hugePages: true,
    });
    assertEquals([numa.hugePages, numa.reason], [true, undefined]);
    const address = MEMORY!.addressOf(numa.view(Uint8Array));
    // The kernel then tries to, whenever a page is touched: "hg".
    assert(flagsAt(address).includes("hg"));
  },
});

Deno.test({
  name:
    "NumaBuffer.allocate() says why it does not bind to a node whose memory is not allowed (needs a cpuset of nodes)",
  ignore: !PLACES || forbidden.length === 0,
  fn() {
    for (const { id } of forbidden) {
      const numa = NumaBuffer.allocate(3 * PAGE, { node: id });
      assertEquals([numa.placement, numa.node], ["anywhere", id]);
      const why = `not bound to node ${id}: only memory of nodes`;
      assert(numa.reason!.startsWith(why));
      numa.view(Uint8Array).fill(1);
      const ids = usable.map((node) => node.id);
      assert(nodesOf(numa.buffer).every((node) => ids.includes(node!)));
      const moved = movePages(numa.buffer, id);
      assertEquals([moved.moved, moved.left], [0, 3]);
      assert(moved.reason !== undefined);
    }
  },
});

Deno.test({
  name:
    "NumaBuffer.allocate() says why it does not bind to a node without memory (needs such a node)",
  ignore: !PLACES || memoryless.length === 0,
  fn() {
    for (const { id } of memoryless) {
      const numa = NumaBuffer.allocate(PAGE, { node: id });
      assertEquals(numa.placement, "anywhere");
      const why = `not bound to node ${id}: it has no memory`;
      assert(numa.reason!.startsWith(why));
      numa.view(Uint8Array).fill(1);
      assert(usable.some((node) => node.id === nodeOf(numa.buffer)));
    }
  },
});

Deno.test({
  name:
    "NumaBuffer.allocate() says why there are no huge pages (needs a kernel that gives some)",
  ignore: !givesHugePages,
  fn() {
    const numa = NumaBuffer.allocate(PAGE, {
      node: usable[0]!,
      hugePages: true,
    });
    assertEquals([numa.hugePages, numa.placement], [false, "bound"]);
    assert(numa.reason!.startsWith("no huge pages"));
  },
});

Deno.test("NumaBuffer.allocate() gives memory that all threads share", {
  timeout: 120_000,
}, async () => {
  const words = NumaBuffer.allocate(64).view(Int32Array);
  const code =
    "self.onmessage = ({ data }) => { Atomics.store(data, 15, 7); self.postMessage(data); }";
  const worker = new Worker(
    `data:text/javascript,${encodeURIComponent(code)}`,
    { type: "module" },
  );
  try {
    const same = await new Promise<Int32Array<SharedArrayBuffer>>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(words);
    });
    assertEquals(Atomics.load(words, 15), 7);
    Atomics.store(same, 0, 8);
    assertEquals(Atomics.load(words, 0), 8);
  } finally {
    worker.terminate();
  }
});

Deno.test("NumaBuffer.view() has a fixed length of whole elements", () => {
  const numa = NumaBuffer.allocate(100);
  assertEquals(numa.view(BigInt64Array).length, 12);
  assertEquals(numa.view(Uint8Array).length, 100);
  assert(Object.isFrozen(numa));
});

Deno.test("NumaBuffer shows what it is in the console", () => {
  const text = Deno.inspect(NumaBuffer.allocate(2048));
  assert(text.startsWith("NumaBuffer(2 KB, node "));
});

Deno.test("NumaBuffer.allocate() refuses sizes and nodes that are none", () => {
  for (const size of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    const error = assertThrows(() => NumaBuffer.allocate(size), RangeError);
    assert(error.message.includes(`${size}`));
  }
  for (const node of [-1, 0.5, NaN, 4096]) {
    const error = assertThrows(
      () => NumaBuffer.allocate(8, { node }),
      RangeError,
    );
    assert(error.message.includes(`${node}`));
  }
});

Deno.test({
  ...WITH_PLACEMENT,
  name: `nodeOf() tells of memory from anywhere${NEEDS_PLACEMENT}`,
  fn() {
    const ids = nodes.map(({ id }) => id);
    for (
      const buffer of [
        new ArrayBuffer(10),
        new SharedArrayBuffer(300_000),
        new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer,
      ]
    ) {
      new Uint8Array(buffer).fill(1);
      assert(ids.includes(nodeOf(buffer)!));
      assert(ids.includes(nodeOf(buffer, buffer.byteLength - 1)!));
    }
  },
});

Deno.test("nodeOf() and nodesOf() refuse what is not in the buffer", () => {
  const buffer = new SharedArrayBuffer(16);
  for (const offset of [-1, 16, 0.5, NaN]) {
    assertThrows(() => nodeOf(buffer, offset), RangeError);
  }
  assertThrows(() => nodesOf(buffer, { byteOffset: 17 }), RangeError);
  assertThrows(() => nodesOf(buffer, { byteLength: 17 }), RangeError);
  assertThrows(
    () => nodesOf(buffer, { byteOffset: 9, byteLength: 8 }),
    RangeError,
  );
  assertEquals(nodesOf(buffer, { byteOffset: 16 }), []);
  assertEquals(nodesOf(new ArrayBuffer(0)), []);
});

for (const { id } of usable) {
  Deno.test({
    ...WITH_PLACEMENT,
    name: `movePages() moves what was written to node ${id}${NEEDS_PLACEMENT}`,
    fn() {
      const from = usable.find((node) => node.id !== id)?.id ?? id;
      const numa = NumaBuffer.allocate(10 * PAGE, { node: from });
      const bytes = numa.view(Uint8Array);
      bytes.subarray(2 * PAGE).fill(7);
      const range = { byteOffset: PAGE, byteLength: 4 * PAGE };
      assertEquals(movePages(numa.buffer, id, range), {
        moved: 3,
        left: 0,
        untouched: 1,
        reason: undefined,
      });
      const none = [undefined, undefined];
      assertEquals(nodesOf(numa.buffer), [
        ...none,
        ...Array(3).fill(id),
        ...Array(5).fill(from),
      ]);
      assert(bytes.subarray(2 * PAGE).every((byte) => byte === 7));
    },
  });
}

Deno.test("movePages() refuses nodes and ranges that are none", () => {
  const buffer = new ArrayBuffer(16);
  assertThrows(() => movePages(buffer, 4096), RangeError);
  assertThrows(() => movePages(buffer, 0, { byteOffset: 17 }), RangeError);
});
