// What works in the engine that runs this: a line of JSON with an answer for each row of
// the table in docs/runtimes.md.
import {
  type Callback,
  callback,
  Channel,
  Desync,
  move,
  Mutex,
  par,
  pipe,
  Runtime,
  textCodec,
  topology,
  WorkerLostError,
} from "../../mod.ts";
import { member } from "./engine_family.ts";
import { PARALLEL_ROWS } from "./parallel_rows.ts";

const start = performance.now();
const answers: Record<string, string> = {};

/** Answers one question: what `ask` says, or why it fails. */
async function row(
  name: string,
  ask: () => Promise<unknown>,
): Promise<void> {
  const since = Math.round(performance.now() - start);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) =>
    timer = setTimeout(resolve, 15_000, `no answer, asked after ${since} ms`)
  );
  try {
    const answer = await Promise.race([ask(), limit]);
    answers[name] = answer === true ? "yes" : String(answer);
  } catch (error) {
    answers[name] = String(error);
  }
  clearTimeout(timer);
}

/** True if two values look the same, else the first one. */
function same(value: unknown, expected: unknown): unknown {
  const [one, other] = [value, expected].map((v) => JSON.stringify(v));
  return one === other ? true : one;
}

/** True if a promise is rejected as its worker is lost. */
async function isLost(
  call: Promise<unknown>,
  cause?: string,
): Promise<unknown> {
  try {
    await call;
    return "not lost";
  } catch (error) {
    if (!(error instanceof WorkerLostError)) return error;
    return cause === undefined || (error.cause as Error)?.name === cause ||
      `lost by ${error.cause}`;
  }
}

const runtime = await Runtime.start({
  workers: Math.min(2, topology().allowed.size),
});
const two = runtime.size === 2;
const { mode, workers } = runtime.report();
await row("worker threads", () => Promise.resolve(mode === "threads" || mode));
await row(
  "pinned workers",
  () => Promise.resolve(workers.every(({ pinned }) => pinned) || "no"),
);
const family = await runtime.link(member);

await row("calls", async () => {
  const { length } = await family.all().add(1);
  return same(
    [length, await family.on(0).local(), await family.any().add(1)],
    [runtime.size, 1, runtime.size + 1],
  );
});
await row("many calls at once", async () => {
  const calls = Array.from({ length: 20_000 }, () => family.any().add(0));
  return same(new Set(await Promise.all(calls)).size, 1);
});
await row(
  "calls between workers",
  async () => !two || await family.on(0).back(family, 0, 20) === 0,
);
await row("messages between instances", async () => {
  const last = runtime.size - 1;
  const heard = family.on(last).heard();
  family.forward().on(0).tell(last, "hello");
  return same(await heard, "hello");
});
await row("tasks", async () =>
  same(
    await runtime.spawn((a: number, b: number) => a + b, 1, 2),
    3,
  ));
await row("`join()`", () => {
  const task = runtime.spawn((text: string) => text.toUpperCase(), "joined");
  return Promise.resolve(same(task.join(), "JOINED"));
});
await row("values", async () => {
  const values = [
    "latin1 é".repeat(100),
    "utf-8 → 🦕".repeat(100),
    [1, -0.5, null, true],
    { a: { b: [1] } },
  ];
  const echo = await runtime.spawn((values: unknown[]) => values, values);
  const [map, big, bytes] = await runtime.spawn(
    (map: Map<string, Date>, big: bigint, bytes: Uint8Array) =>
      [map, big, bytes] as const,
    new Map([["then", new Date(0)]]),
    2n ** 80n,
    Uint8Array.of(1, 2, 3),
  );
  return same(
    [echo, map.get("then")!.getTime(), String(big), [...bytes]],
    [values, 0, String(2n ** 80n), [1, 2, 3]],
  );
});
await row("`move()` and shared buffers", async () => {
  const bytes = new Uint8Array(100_000).fill(7);
  const shared = new SharedArrayBuffer(4);
  const sum = await runtime.spawn(
    (bytes: Uint8Array, shared: SharedArrayBuffer) => {
      Atomics.store(new Int32Array(shared), 0, 5);
      return bytes.reduce((a, b) => a + b);
    },
    move(bytes),
    shared,
  );
  return same([sum, bytes.length, new Int32Array(shared)[0]], [700_000, 0, 5]);
});
await row("channels", async () => {
  const channel = new Channel(textCodec, { capacity: 4 });
  const sender = channel.sender();
  const task = runtime.spawn((channel: Channel<string>) => {
    let text = "";
    for (const word of channel.receiver()) text += word; // blocks the worker
    return text;
  }, channel);
  for (const word of ["one", "two", "three", "four", "five", "six"]) {
    await sender.sendAsync(word);
  }
  sender.close();
  return same(await task, "onetwothreefourfivesix");
});
await row("locks", async () => {
  const mutex = new Mutex();
  const guard = mutex.lock();
  const task = runtime.spawn(async (mutex: Mutex) => {
    using _ = await mutex.lockAsync();
    return "locked";
  }, mutex);
  await new Promise((resolve) => setTimeout(resolve, 20));
  guard[Symbol.dispose]();
  return same(await task, "locked");
});
await row("streams", async () => {
  const items: number[] = [];
  const stream = runtime.stream(async function* (n: number) {
    for (let k = 0; k < n; k++) yield k;
  }, 5);
  for await (const item of stream) items.push(item);
  return same(items, [0, 1, 2, 3, 4]);
});
for (const [name, ask] of PARALLEL_ROWS) await row(name, () => ask(runtime));
await row("plans over lines of files", async () => {
  const lines = par.file(new URL(import.meta.url), { runtime, eager: true })
    .lines();
  const first = await lines.findFirst((line) => line.startsWith("import"));
  return same([first, await lines.count() > 100], ["import {", true]);
});
await row("jobs in order, and pipes", async () => {
  const object = new Desync<number[]>([]);
  for (let k = 0; k < 1000; k++) {
    object.desync((list, k) => list.value.push(k), k);
  }
  const { readable } = pipe(
    object,
    [1000, 1001],
    (list, k) => list.value.push(k),
  );
  const lengths: number[] = [];
  const reader = readable.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    lengths.push(read.value);
  }
  await using placed = await Desync.on(runtime, () => 1);
  placed.desync((n) => n.value = 2);
  return same(
    [
      lengths,
      object.sync((list) => list.value.at(-1)),
      placed.sync((n) => n.value),
    ],
    [[1001, 1002], 1001, 2],
  );
});
await row("callbacks", async () => {
  const seen: number[] = [];
  await runtime.spawn(async (tell: Callback<[n: number], number>) => {
    for (let k = 0; k < 3; k++) await tell(k);
  }, callback((n: number) => seen.push(n)));
  return same(seen, [0, 1, 2]);
});
await row(
  "a worker lost by an exit",
  () => isLost(family.on(0).exit() as Promise<unknown>),
);
await row(
  "a worker lost by an uncaught error",
  () => isLost(family.on(0).throwUncaught(), "RangeError"),
);
await row(
  "a worker lost by an unhandled rejection",
  () => isLost(family.on(0).rejectUnhandled(), "RangeError"),
);
await row("a lost worker replaced", async () =>
  same(
    [await family.on(0).local(), runtime.report().workers[0]!.replaced],
    [0, 3],
  ));
await row("a task without end replaced", async () => {
  const task = runtime.on(0).with({ timeout: 100 }).spawn(() => {
    for (;;);
  });
  const error = await task.then(() => undefined, (error) => error as Error);
  while (runtime.report().workers[0]!.replaced < 4) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return same(
    [error?.name, await family.on(0).local()],
    ["TimeoutError", 0],
  );
});
await row("an orderly end", async () => {
  const slow = runtime.spawn(
    () => new Promise((resolve) => setTimeout(resolve, 50, "done")),
  );
  await runtime.close();
  return same(await slow, "done");
});
console.log(JSON.stringify(answers));
