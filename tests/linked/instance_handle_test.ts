import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { decode } from "../../codec/decode.ts";
import { encode, encodeValue } from "../../codec/encode.ts";
import { KIND } from "../../codec/portable_kind.ts";
import { CorruptFrameError, Reader } from "../../codec/reader.ts";
import * as tags from "../../codec/tag.ts";
import { Writer } from "../../codec/writer.ts";
import { MOST_TICKETS } from "../../linked/handle_tickets.ts";
import type { Holding, SentHandle } from "../../linked/holding.ts";
import type { InstanceHome } from "../../linked/instance_home.ts";
import { InstanceHandle } from "../../linked/mod.ts";
import { Travels } from "../../linked/travels.ts";
import { crowd, type Guest } from "./fixtures/crowd.ts";
import { until } from "./until.ts";

/** A home besides that of this thread. */
function otherHome(): Travels {
  const home: InstanceHome = {
    worker: 7,
    own() {},
    letGo: () => true,
    note(_name, error) {
      throw error;
    },
  };
  return new Travels(home);
}

/** Sends a handle to another home, which gives what holds it there. */
function sendTo(travels: Travels, handle: InstanceHandle<Guest>): Holding {
  let holding: Holding | undefined;
  const arrive = Travels.prototype.arrive;
  try {
    Travels.prototype.arrive = (sent) => holding = arrive.call(travels, sent);
    copyOf(handle);
  } finally {
    Travels.prototype.arrive = arrive;
  }
  return holding!;
}

/** What is sent of a handle; its ticket is free by then. */
function sentOf(handle: InstanceHandle<Guest>): SentHandle {
  const holding = sendTo(otherHome(), handle);
  const sent = holding.send();
  holding.takeBack(sent);
  holding.release();
  return sent;
}

/** A handle that comes home from where it is held. */
function homeFrom(holding: Holding): InstanceHandle<Guest> {
  const handle = new InstanceHandle<Guest>(holding);
  holding.add();
  try {
    return copyOf(handle);
  } finally {
    handle[Symbol.dispose]();
  }
}

/** What arrives in a call to this thread itself. */
function copyOf<T>(value: T): T {
  const out = new Writer(256);
  out.clear();
  encode(out, value, "argument 0");
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers ?? [];
  out.sent();
  return decode(reader) as T;
}

function guests(): { alive: () => number; acquire(): InstanceHandle<Guest> } {
  const family = crowd.family();
  const { alive } = family.create().shared;
  const perThread = family.instancePerThread();
  return { alive: () => alive.value - 1, acquire: () => perThread.acquire() };
}

Deno.test("InstanceHandle: a disposed handle is of no use", () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  using _other = handle.clone();
  handle[Symbol.dispose]();
  handle[Symbol.dispose]();
  assertEquals(alive(), 1);
  for (const use of [() => handle.value, () => handle.clone()]) {
    const error = assertThrows(use, TypeError);
    assertStringIncludes(error.message, "crowd");
    assertStringIncludes(error.message, "disposed");
  }
  const error = assertThrows(() => copyOf([handle]), TypeError);
  assertStringIncludes(error.message, "disposed");
});

Deno.test("InstanceHandle: what comes home is the same instance", () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  const back = copyOf(handle);
  assertStrictEquals(back.value, handle.value);
  handle[Symbol.dispose]();
  assertEquals(alive(), 1);
  back[Symbol.dispose]();
  assertEquals(alive(), 0);
});

Deno.test("InstanceHandle can only be sent in calls and results", () => {
  const { acquire } = guests();
  using handle = acquire();
  const out = new Writer(256);
  const error = assertThrows(() => encode(out, handle, "message"), TypeError);
  assertStringIncludes(error.message, "handle");
  out.buffers = []; // as for the shared state of a family
  assertThrows(() => encode(out, handle, "shared state"), TypeError);
});

Deno.test("InstanceHandle: a frame that is not sent holds nothing", () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  const out = new Writer(256);
  out.clear();
  encode(out, handle, "argument 0");
  out.drop();
  handle[Symbol.dispose]();
  assertEquals(alive(), 0);
});

Deno.test("InstanceHandle: a handle whose instance was disposed meanwhile is refused", () => {
  const { acquire } = guests();
  const handle = acquire();
  const out = new Writer(256);
  out.clear();
  encode(out, handle, "argument 0");
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = [...out.buffers!];
  out.drop(); //   so nobody counts it, and yet it comes
  handle[Symbol.dispose]();
  const error = assertThrows(() => decode(reader), TypeError);
  assertStringIncludes(error.message, "crowd");
});

Deno.test("InstanceHandle: all tickets can be elsewhere, and then none is left", () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  const out = new Writer(256);
  out.clear();
  const error = assertThrows(
    () =>
      encode(
        out,
        new Array(MOST_TICKETS + 1).fill(0).map(() => handle.clone()),
        "x",
      ),
    RangeError,
  );
  assertStringIncludes(error.message, String(MOST_TICKETS));
  out.drop();
  const back = copyOf(handle);
  assertEquals(alive(), 1);
  back[Symbol.dispose]();
});

Deno.test("Travels.arrive() refuses handles that are incomplete, or of nobody", () => {
  const { acquire } = guests();
  using handle = acquire();
  const sent = sentOf(handle);
  const bad: unknown[] = [undefined, null, 7, "text", {}, []];
  for (const key of Object.keys(sent)) {
    for (const value of [undefined, null, {}, NaN, 0.5]) {
      const isFine = key === "worker" && value === undefined;
      if (!isFine) bad.push({ ...sent, [key]: value });
    }
  }
  for (const ticket of [-1, MOST_TICKETS, 2 ** 32, sent.ticket]) {
    bad.push({ ...sent, ticket });
  }
  const { buffer } = sent.memory;
  for (const byteOffset of [-128, 1, 2 ** 32, buffer.byteLength]) {
    bad.push({ ...sent, memory: { buffer, byteOffset } });
  }
  for (const other of [new SharedArrayBuffer(64), new ArrayBuffer(8192)]) {
    bad.push({ ...sent, memory: { buffer: other, byteOffset: 0 } });
  }
  for (const data of bad) {
    const travels = otherHome();
    assertThrows(() => travels.arrive(data as SentHandle), CorruptFrameError);
  }
});

Deno.test("InstancePerThread: a frame that is corrupt is refused", () => {
  for (
    const data of [undefined, null, 7, "text", [], { name: "crowd" }, {
      name: "crowd",
      family: 7,
      id: "one",
    }]
  ) {
    const out = new Writer(256);
    out.clear();
    out.word((KIND.INSTANCE_PER_THREAD << 8) | tags.KIND);
    encodeValue(out, data, 0);
    const reader = Reader.of(out.bytes.slice(0, out.byteLength));
    assertThrows(() => decode(reader), CorruptFrameError);
  }
});

Deno.test("Travels.arrive() takes no handle twice", () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  const travels = otherHome();
  const there = sendTo(travels, handle);
  const sent = there.send();
  const again = travels.arrive(sent);
  assertStrictEquals(again, there);
  assertThrows(() => travels.arrive(sent), CorruptFrameError);
  handle[Symbol.dispose]();
  assertEquals(alive(), 1);
  there.release();
  assertEquals(alive(), 1);
  again.release();
});

Deno.test("InstanceHandle: all handles of a thread need one ticket", async () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  const travels = otherHome();
  const there = Array.from(
    { length: MOST_TICKETS + 1 },
    () => sendTo(travels, handle),
  );
  handle[Symbol.dispose]();
  for (const holding of there.slice(1)) holding.release();
  await Promise.resolve();
  assertEquals(alive(), 1);
  there[0]!.release();
  await until(() => alive() === 0);
});

Deno.test("InstanceHandle: a thread can hold again what it has let go", async () => {
  const { acquire, alive } = guests();
  const handle = acquire();
  const travels = otherHome();
  sendTo(travels, handle).release();
  const again = sendTo(travels, handle);
  assert(again.isAlive);
  handle[Symbol.dispose]();
  assertEquals(alive(), 1);
  again.release();
  await until(() => alive() === 0);
});

Deno.test("InstanceHandle: the owner can hold again what only others hold", async () => {
  const family = crowd.family();
  const { alive } = family.create().shared;
  const perThread = family.instancePerThread();
  const travels = otherHome();
  const first = perThread.acquire();
  const local = first.value;
  const there = sendTo(travels, first);
  let handle = first;
  for (let k = 0; k < 5; k++) {
    assertStrictEquals(handle.value, local);
    handle[Symbol.dispose](); // it begins to wait, and soon stops
    await new Promise((next) => setTimeout(next, 0));
    handle = perThread.acquire();
  }
  there.release();
  await new Promise((next) => setTimeout(next, 0));
  assertEquals(alive.value, 2);
  handle[Symbol.dispose]();
  assertEquals(alive.value, 1);
});

Deno.test(
  "InstanceHandle: however often the owner begins to wait for others, it waits once",
  {
    timeout: 10_000,
  },
  async () => {
    const { acquire, alive } = guests();
    const handle = acquire();
    const there = sendTo(otherHome(), handle);
    const { waitAsync } = Atomics;
    let waits = 0;
    try {
      Atomics.waitAsync = ((...args: Parameters<typeof waitAsync>) => {
        const wait = waitAsync(...args);
        waits++;
        Promise.resolve(wait.value).then(() => waits--);
        return wait;
      }) as typeof waitAsync;
      for (let k = 0; k < 50; k++) handle.clone()[Symbol.dispose]();
      assertEquals(waits, 0);
      const handles = Array.from({ length: 20 }, () => handle.clone());
      handle[Symbol.dispose]();
      for (const each of handles) each[Symbol.dispose]();
      for (let k = 0; k < 20; k++) {
        using _ = homeFrom(there);
      }
      assert(waits > 1);
      await until(() => waits === 1);
    } finally {
      Atomics.waitAsync = waitAsync;
    }
    there.release();
    await until(() => alive() === 0);
  },
);
