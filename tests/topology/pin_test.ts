import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import {
  allowedProcessors,
  currentProcessor,
  PinningUnavailableError,
  pinThread,
  ProcessorSet,
  topology,
} from "../../topology/mod.ts";
import type { PinReport } from "./pin_worker.ts";

const available = allowedProcessors() !== undefined;
const where = available ? "" : " (needs Linux and --allow-ffi)";
const reads = Deno.permissions.querySync({ name: "read" }).state === "granted";
const several = (allowedProcessors()?.length ?? 0) > 1;

/** What the kernel itself says of the calling thread. */
function allowedList(): string {
  const system = platform();
  const path = `/proc/self/task/${system.threadId()}/status`;
  const text = system.readFile(path) ?? "";
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(text)?.[1] ?? "";
}

Deno.test({
  name: `pinThread() pins until it is disposed${where}`,
  ignore: !available,
  fn() {
    const before = allowedList();
    const ids = allowedProcessors()!;
    const last = topology().processor(ids.at(-1)!)!;
    for (const target of [last, last.id, [last.id], new ProcessorSet([last])]) {
      {
        using _pin = pinThread(target);
        assertEquals(allowedList(), `${last.id}`);
        assertEquals(allowedProcessors(), [last.id]);
        assertEquals(currentProcessor(), last.id);
      }
      assertEquals(allowedList(), before);
      assertEquals(allowedProcessors(), ids);
    }
  },
});

Deno.test({
  name: `pinThread() restores once only${where}`,
  ignore: !available,
  fn() {
    const before = allowedProcessors()!;
    const pin = pinThread(before[0]!);
    pin[Symbol.dispose]();
    using _other = pinThread(before.at(-1)!);
    pin[Symbol.dispose]();
    assertEquals(allowedProcessors(), [before.at(-1)]);
  },
});

Deno.test({
  name: `pinThread() nests${where}`,
  ignore: !several,
  fn() {
    const before = allowedProcessors()!;
    {
      using _outer = pinThread(before.slice(0, 2));
      {
        using _inner = pinThread(before[1]!);
        assertEquals(allowedProcessors(), [before[1]]);
      }
      assertEquals(allowedProcessors(), before.slice(0, 2));
    }
    assertEquals(allowedProcessors(), before);
  },
});

Deno.test({
  name:
    `pinThread() refuses processors that are not there, and leaves the thread as it was${where}`,
  ignore: !available,
  fn() {
    const before = allowedProcessors()!;
    const absent = topology().processors.ids.at(-1)! + 97;
    for (const target of [absent, [before[0]!, absent], -1, 0.5, NaN, 1e12]) {
      const error = assertThrows(() => pinThread(target), RangeError);
      assert(error.message.startsWith("Cannot pin thread"));
      assertEquals(allowedProcessors(), before);
    }
    const message = assertThrows(() => pinThread(absent), RangeError).message;
    assert(message.includes(`${absent}`));
    assert(message.includes(`${topology().processors}`));
  },
});

Deno.test("pinThread() refuses an empty set", () => {
  assertThrows(() => pinThread([]), RangeError);
  assertThrows(() => pinThread(new ProcessorSet([])), RangeError);
});

Deno.test({
  name:
    `pinThread() pins the worker that calls it and nobody else (needs Linux, --allow-ffi and --allow-read)`,
  ignore: !available || !reads,
  timeout: 120_000,
  async fn() {
    const before = allowedProcessors()!;
    const target = before.at(-1)!;
    const worker = new Worker(import.meta.resolve("./pin_worker.ts"), {
      type: "module",
    });
    try {
      const report = await new Promise<PinReport>((resolve, reject) => {
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message));
        };
        worker.postMessage(target);
      });
      assertEquals(report.inherited, before);
      assertEquals(report.allowed, before);
      assertEquals(report.pinned, [target]);
      assertEquals(report.ran, [target]);
      assertEquals(report.restored, before);
      assertEquals(allowedProcessors(), before);
    } finally {
      worker.terminate();
    }
  },
});

Deno.test("PinningUnavailableError names what would help", () => {
  const error = new PinningUnavailableError("it is a test", "--allow-ffi");
  assertInstanceOf(error, Error);
  assertEquals(error.name, "PinningUnavailableError");
  assertEquals(error.grant, "--allow-ffi");
  assert(error.message.includes("--allow-ffi"));
  assertEquals(new PinningUnavailableError("x").grant, undefined);
});
