import { assert, assertEquals } from "@std/assert";
import type { Libc } from "../../ffi/libc.ts";
import { EFAULT } from "../../ffi/errno.ts";
import { describeErrno, ENOENT, MemoryCalls } from "../../ffi/mod.ts";
import {
  MEMORY,
  NEEDS_PLACEMENT,
  PAGE,
  WITH_PLACEMENT,
} from "./memory_placement.ts";

/** A mapping of its own, of some pages, on which nothing was written. */
function freshPages(count: number): Uint8Array<SharedArrayBuffer> {
  const size = count * PAGE;
  return new Uint8Array(
    new SharedArrayBuffer(size, { maxByteLength: size }),
    0,
    size,
  );
}

function addressesOf(view: Uint8Array, count: number): bigint[] {
  const start = MEMORY!.addressOf(view);
  return Array.from({ length: count }, (_, at) => start + BigInt(at * PAGE));
}

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `MemoryCalls.addressOf() is that of the view, and starts a page in a growable buffer${NEEDS_PLACEMENT}`,
  fn() {
    const view = freshPages(2);
    const address = MEMORY!.addressOf(view);
    assertEquals(address % BigInt(PAGE), 0n);
    assertEquals(MEMORY!.addressOf(view.subarray(100)), address + 100n);
  },
});

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `MemoryCalls.nodesOf() tells written pages from those that are nowhere${NEEDS_PLACEMENT}`,
  fn() {
    const view = freshPages(3);
    view[PAGE] = 1;
    // Reading maps the page of zeros, which is on no node.
    assertEquals(view[2 * PAGE], 0);
    const { errno, states } = MEMORY!.nodesOf(addressesOf(view, 3));
    assertEquals(errno, 0);
    assertEquals([states[0], states[2]], [-ENOENT, -ENOENT]);
    assert(states[1]! >= 0);
    assertEquals(MEMORY!.nodesOf([]).states.length, 0);
    // The first page of every process is left free.
    assertEquals([...MEMORY!.nodesOf([0n]).states], [-ENOENT]);
  },
});

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `MemoryCalls answers error numbers for what the kernel refuses${NEEDS_PLACEMENT}`,
  fn() {
    const view = freshPages(2);
    view.fill(1);
    const nowhere = 900;
    for (const strict of [false, true]) {
      const errno = MEMORY!.bind(view, nowhere, { strict });
      assert(describeErrno(errno).startsWith("EINVAL"), describeErrno(errno));
    }
    const off = MEMORY!.bind(view.subarray(1), 0, { strict: false });
    assert(describeErrno(off).startsWith("EINVAL"));
    const { errno } = MEMORY!.movePages(addressesOf(view, 2), nowhere);
    assert(/^(?:ENODEV|EACCES)/.test(describeErrno(errno)));
    assert(MEMORY!.adviseHugePages(view.subarray(1)) > 0);
    assert(view.every((byte) => byte === 1));
  },
});

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `MemoryCalls.movePages() moves pages that are on their node to where they are${NEEDS_PLACEMENT}`,
  fn() {
    const view = freshPages(2);
    view.fill(3);
    const pages = addressesOf(view, 2);
    const [node] = MEMORY!.nodesOf(pages).states;
    const { errno, states } = MEMORY!.movePages(pages, node!);
    assertEquals([errno, [...states]], [0, [node, node]]);
    assert(view.every((byte) => byte === 3));
  },
});

/** A C library with these memory calls only. */
function fakeLibc(calls: Partial<Libc>): Libc {
  return {
    bindMemory: null,
    getMemoryPolicy: null,
    movePages: null,
    adviseMemory: null,
    residenceOf: null,
    ...calls,
  } as Libc;
}

const NUMBERS = { bind: 1, getPolicy: 2, movePages: 3 };

Deno.test("MemoryCalls.movePages() tries pages again that are busy, and those only", () => {
  const EBUSY = 16;
  const asked: number[][] = [];
  const movePages = (
    ...[, , count, pages, , states]: Parameters<NonNullable<Libc["movePages"]>>
  ): bigint => {
    const addresses = [...pages as BigUint64Array].map(Number);
    asked.push(addresses);
    assertEquals(count, BigInt(addresses.length));
    addresses.forEach((address, at) => {
      const busy = address === 2 && asked.length < 3 || address === 3;
      (states as Int32Array)[at] = busy ? -EBUSY : 7;
    });
    return 0n;
  };
  const calls = new MemoryCalls(fakeLibc({ movePages }), NUMBERS, 4096);
  const { errno, states } = calls.movePages([1n, 2n, 3n], 7);
  assertEquals([errno, [...states]], [0, [7, 7, -EBUSY]]);
  assertEquals(asked, [[1, 2, 3], [2, 3], [2, 3], [3], [3]]);
});

/** Pages 1 to 4, each on the node of its number, but that 4 is nowhere, and that some fail until they are read. */
function markedPages(
  marks: Map<number, number>,
): { readonly calls: MemoryCalls; readonly asked: number[][] } {
  const asked: number[][] = [];
  const libc = fakeLibc({
    movePages: (...[, , , pages, , states]) => {
      const numbers = [...pages as BigUint64Array].map((at) =>
        Number(at) / PAGE
      );
      asked.push(numbers);
      numbers.forEach((page, at) => {
        const state = page === 4 ? -ENOENT : page;
        (states as Int32Array)[at] = marks.get(page) ?? state;
      });
      return 0n;
    },
    residenceOf: (address, length, residence) => {
      for (let at = 0; at < Number(length) / PAGE; at++) {
        const isThere = Number(address) / PAGE + at !== 4;
        // Other bits than the lowest are not defined.
        (residence as Uint8Array)[at] = isThere ? 0x81 : 0x80;
      }
      return 0;
    },
    memcpy: (_into, address) => {
      marks.delete(Number(address) / PAGE);
      return 0n;
    },
  });
  return { calls: new MemoryCalls(libc, NUMBERS, PAGE), asked };
}

const PAGES = [1, 2, 3, 4].map((page) => BigInt(page * PAGE));

Deno.test("MemoryCalls asks again for pages that were marked, and takes the marks away", () => {
  for (const moves of [false, true]) {
    const marks = new Map([[2, -ENOENT], [3, -EFAULT]]);
    const { calls, asked } = markedPages(marks);
    const { errno, states } = moves
      ? calls.movePages(PAGES, 2)
      : calls.nodesOf(PAGES);
    assertEquals([errno, [...states]], [0, [1, 2, 3, -ENOENT]]);
    assertEquals(asked, [[1, 2, 3, 4], [2, 3]]);
  }
});

Deno.test("MemoryCalls gives up pages that are never found", () => {
  const marks = new Map([[2, -EFAULT]]);
  marks.delete = () => false;
  const { calls, asked } = markedPages(marks);
  assertEquals([...calls.nodesOf(PAGES).states], [1, -ENOENT, 3, -ENOENT]);
  assertEquals(asked, [[1, 2, 3, 4], [2], [2], [2], [2]]);
});

Deno.test("MemoryCalls answers ENOSYS where the C library lacks a call", () => {
  const calls = new MemoryCalls(fakeLibc({}), NUMBERS, 4096);
  const view = new Uint8Array(8);
  const strict = false;
  for (
    const errno of [
      calls.refusal,
      calls.bind(view, 0, { strict }),
      calls.adviseHugePages(view),
      calls.nodesOf([1n]).errno,
      calls.movePages([1n], 0).errno,
    ]
  ) {
    assert(describeErrno(errno).startsWith("ENOSYS"));
  }
});
