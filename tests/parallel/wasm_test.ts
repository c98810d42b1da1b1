import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { closure } from "../../aware/mod.ts";
import {
  type KernelImports,
  KernelTrapError,
  par,
} from "../../parallel/mod.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { assemble, I32 } from "./assembler.ts";
import { onAll } from "./on_all.ts";
import {
  called,
  endless,
  floatSum,
  globalOf,
  initTls,
  longSum,
  newMemory,
  POINTER,
  pushed,
  scale,
  trapFrom,
} from "./sample_kernels.ts";

const sums = assemble({ funcs: [floatSum, longSum] });
const scaling = assemble({ funcs: [scale] });
const trapping = assemble({ globals: [POINTER], funcs: [trapFrom] });
const calling = assemble({
  imports: [{ name: "each", params: [I32], results: [I32] }],
  funcs: [called],
});
const pushing = assemble({
  imports: [{ name: "each", params: [I32], results: [I32] }],
  globals: [POINTER],
  funcs: [pushed, endless],
});
const configured = assemble({ importedGlobals: ["size"], funcs: [globalOf] });

onAll("par.wasm().ranges() joins what a kernel returns", async (options) => {
  const kernels = par.wasm(sums, newMemory());
  const floats = kernels.ranges("floatSum", 10, 100_010, options);
  assertEquals(floats.length, 100_000);
  assertEquals(await floats.sum(), 5_000_950_000);
  const longs = kernels.ranges<bigint>("longSum", 0, 100_000, options);
  assertEquals(await longs.sum(1n), 4_999_950_001n);
  const parts = await floats.withMinLen(20_000).collect();
  assert(parts.length <= 5);
  const each = kernels.ranges("floatSum", 5, 105, options).withMaxLen(1);
  const indices = Array.from({ length: 100 }, (_, k) => 5 + k);
  assertEquals(await each.collect(), indices);
  assertEquals(await each.filter((n) => n > 103).collect(), [104]);
  assertEquals(await kernels.ranges("floatSum", 3, 3, options).sum(), 0);
});

onAll("par.wasm().slices() calls a kernel for elements", async (options) => {
  const memory = newMemory();
  const numbers = new Float64Array(memory.buffer, 64, 20_000).fill(1);
  const { byteOffset: pointer } = numbers;
  const kernels = par.wasm(scaling, memory);
  const by = (factor: number) => ({ ...options, args: [factor] });
  await kernels.slices("scale", numbers, by(3)).run();
  assertEquals([numbers[0], numbers[19_999]], [3, 3]);
  const half = { pointer, length: 10_000, elementSize: 8 };
  await kernels.slices("scale", half, by(5)).withMaxLen(100).run();
  assertEquals(numbers.filter((x) => x === 15).length, 10_000);
  assertEquals([numbers[9999], numbers[10_000]], [15, 3]);
  await kernels.slices("scale", numbers.subarray(19_999), by(2)).run();
  assertEquals([numbers[19_998], numbers[19_999]], [3, 6]);
});

onAll(
  "par.wasm(): a trap is an error that names the kernel, and ends the others",
  async (options) => {
    const kernels = par.wasm(trapping, newMemory());
    const pointer = kernels.exports["__stack_pointer"] as WebAssembly.Global;
    const top = pointer.value;
    const progress = new SharedCounter();
    const given = { ...options, args: [1000], progress };
    const plan = kernels.ranges("trapFrom", 0, 1e9, given).withMaxLen(100);
    for (let round = 0; round < 3; round++) {
      const error = await assertRejects(() => plan.run(), KernelTrapError);
      assertEquals(error.kernel, "trapFrom");
      const [from, to, first] = error.args as number[];
      assert(from! < to! && to! > 1000 && first === 1000);
      assert(error.message.includes("trapFrom"));
      assertInstanceOf(error.cause, Error);
    }
    assert(progress.value < 1e9);
    assertEquals(pointer.value, top);
  },
);

onAll(
  "par.wasm() gives functions and numbers that the module imports",
  async (options) => {
    const memory = newMemory();
    const kernels = par.wasm(calling, memory, {
      imports: { env: { each: (n: number) => n % 2 } },
    });
    assertEquals(await kernels.ranges("called", 0, 5000, options).sum(), 2500);
    const failing = par.wasm(calling, memory, {
      imports: {
        env: {
          each: (n: number) => {
            if (n === 700) throw new RangeError("no 700");
            return 1;
          },
        },
      },
    });
    const plan = failing.ranges("called", 0, 1000, options);
    await assertRejects(() => plan.sum(), RangeError, "no 700");
    const captured = 5;
    const foreign = par.wasm(calling, newMemory(), {
      imports: { env: { each: () => captured } },
    });
    await assertRejects(
      () => foreign.ranges("called", 0, 10, options).sum(),
      ReferenceError,
      "'captured'",
    );
    const sized = par.wasm(configured, newMemory(), {
      imports: { env: { size: 77 } },
    });
    assertEquals(await sized.ranges("globalOf", 0, 1000, options).max(), 77);
  },
);

onAll("par.wasm() plans end by a signal, and count", async (options) => {
  const kernels = par.wasm(sums, newMemory());
  const progress = new SharedCounter();
  const plan = kernels.ranges("floatSum", 0, 9999, { ...options, progress });
  await plan.run();
  assertEquals(progress.value, 9999);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const aborted = kernels.ranges("floatSum", 0, 10, { ...options, signal });
  assertStrictEquals(await aborted.run().catch((error) => error), reason);
});

onAll(
  "par.wasm(): what an import throws leaves the stack as it was",
  async (options) => {
    const kernels = par.wasm(pushing, newMemory(), {
      imports: {
        env: {
          each: (n: number) => {
            if (n >= 0) throw new RangeError(`no ${n}`);
            return n;
          },
        },
      },
    });
    const pointer = kernels.exports["__stack_pointer"] as WebAssembly.Global;
    const top = pointer.value;
    const stacks = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const fails = kernels.ranges("pushed", 0, 1000, options).withMaxLen(1);
      await assertRejects(() => fails.sum(), RangeError, "no ");
      const endless = kernels.ranges("endless", 0, 1000, options);
      await assertRejects(() => endless.sum(), RangeError);
      const sound = kernels.ranges("pushed", -1000, 0, options).withMaxLen(1);
      for (const at of await sound.collect()) stacks.add(at);
    }
    // One of each thread.
    assert(stacks.size <= 3, `${[...stacks]}`);
    assertEquals(pointer.value, top);
  },
);

Deno.test("par.wasm() gives the same kernels for the same module, memory and options", () => {
  const memory = newMemory();
  const imports = { env: { each: (n: number) => n } };
  const kernels = par.wasm(calling, memory, { imports });
  const copy = { env: { each: (n: number) => n } };
  assertStrictEquals(par.wasm(calling, memory, { imports: copy }), kernels);
  const others = [
    par.wasm(calling, newMemory(), { imports }),
    par.wasm(calling, memory, { imports, stackSize: 1 << 16 }),
    par.wasm(calling, memory, { imports: { env: { each: () => 1 } } }),
  ];
  for (const other of others) assertNotStrictEquals(other, kernels);
  const sized = (size: number | bigint) =>
    par.wasm(configured, memory, { imports: { env: { size } } });
  assertStrictEquals(sized(1), sized(1));
  assertNotStrictEquals(sized(1), sized(2));
  assertNotStrictEquals(sized(0), sized(-0));
});

Deno.test("par.wasm().slices() takes typed arrays of before its memory has grown", async () => {
  const memory = newMemory();
  const before = new Float64Array(memory.buffer, 0, 9).fill(2);
  const kernels = par.wasm(scaling, memory);
  memory.grow(1);
  const after = new Float64Array(memory.buffer, 0, 9);
  for (const view of [before, after]) {
    await kernels.slices("scale", view, { args: [3] }).run();
  }
  assertEquals([...before], new Array(9).fill(18));
});

Deno.test("par.wasm() refuses what threads cannot share", () => {
  const memory = newMemory();
  const refuse = (
    module: WebAssembly.Module,
    reason: string,
    each?: unknown,
  ) => {
    const imports = each === undefined ? {} : { env: { each } };
    assertThrows(
      () => par.wasm(module, memory, { imports: imports as KernelImports }),
      TypeError,
      reason,
    );
  };
  refuse(assemble({ funcs: [floatSum], memories: 0 }), "imports 0");
  refuse(calling, "'env.each' must be a function");
  refuse(calling, "received a class or closure", class {});
  refuse(
    calling,
    "received a class or closure",
    closure({ a: 1 }, ({ a }) => a),
  );
  refuse(calling, "received number", 5);
  refuse(calling, "async", async () => await 1);
  refuse(configured, "'env.size' must be a number");
  const hidden = { isMutable: true, value: 0 };
  const named = assemble({ funcs: [floatSum], names: "..__stack_pointer" });
  refuse(named, "--export=__stack_pointer");
  const threaded = assemble({ globals: [hidden, hidden], funcs: [initTls] });
  refuse(threaded, "--export=__stack_pointer");
  const unshared = new WebAssembly.Memory({ initial: 1, maximum: 9 });
  assertThrows(() => par.wasm(sums, unshared), TypeError, "shared: true");
  const full = new WebAssembly.Memory({ initial: 1, maximum: 9, shared: true });
  assertThrows(() => par.wasm(trapping, full), RangeError, "grow by 16 pages");
});

Deno.test("par.wasm() and kernels refuse arguments of other types", () => {
  const memory = newMemory();
  const bad = <T>(value: unknown) => value as T;
  for (const value of [undefined, null, 5, {}]) {
    assertThrows(() => par.wasm(bad(value), memory), TypeError, "'module'");
    assertThrows(() => par.wasm(sums, bad(value)), TypeError, "'memory'");
  }
  assertThrows(() => par.wasm(sums, memory, bad(null)), TypeError, "'options'");
  const imports = bad<KernelImports>(null);
  assertThrows(() => par.wasm(sums, memory, { imports }), TypeError, "imports");
  for (const stackSize of [0, -1, 1.5, NaN, 2 ** 32, bad<number>("1")]) {
    const make = () => par.wasm(sums, memory, { stackSize });
    assertThrows(make, RangeError, "'stackSize'");
  }
  const kernels = par.wasm(sums, memory);
  const ranges = (start: unknown, end: unknown, options?: unknown) =>
    kernels.ranges("floatSum", bad(start), bad(end), bad(options));
  assertThrows(() => ranges("0", 1), TypeError, "'start'");
  assertThrows(() => ranges(0, null), TypeError, "'end'");
  for (const [start, end] of [[0.5, 1], [1, 0], [0, 2 ** 33], [NaN, 1]]) {
    assertThrows(() => ranges(start, end), RangeError);
  }
  assertThrows(() => ranges(0, 1, { args: 5 }), TypeError, "'args'");
  assertThrows(() => ranges(0, 1, { args: ["5"] }), TypeError, "a string");
  assertThrows(() => ranges(0, 1, { eager: 5 }), TypeError, "'eager'");
  assertThrows(() => kernels.ranges("none", 0, 1), TypeError, "'none'");
  const slices = (elements: unknown) =>
    kernels.slices("floatSum", bad(elements));
  for (const elements of [undefined, null, 5]) {
    assertThrows(() => slices(elements), TypeError, "'elements'");
  }
  assertThrows(() => slices(new Uint8Array(5)), TypeError, "another buffer");
  const slice = { pointer: 0, length: 1, elementSize: 8 };
  const wrong = { pointer: -1, length: 1e9, elementSize: 0 };
  for (const name of ["pointer", "length", "elementSize"] as const) {
    const other = (value: unknown) => () => slices({ ...slice, [name]: value });
    assertThrows(other("1"), TypeError, `'${name}'`);
    assertThrows(other(wrong[name]), RangeError, `'${name}'`);
  }
  const plan = ranges(0, 1);
  assertThrows(() => plan.withMinLen(0), RangeError, "'length'");
  assertThrows(() => plan.withMaxLen(0), RangeError, "'length'");
});
