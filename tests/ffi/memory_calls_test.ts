import { assert, assertEquals } from "@std/assert";
import type { Libc } from "../../ffi/libc.ts";
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
