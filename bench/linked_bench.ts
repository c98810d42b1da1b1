// What an instance costs on its own thread, beside what a program would write itself:
// a singleton of a module, and a map by thread. No runtime is started: the thread is
// that of a program that uses families without one.
import { type Linked, linked, SharedCounter } from "../mod.ts";

const BATCH = 1000;

/** As in the benches of Rust's linked: something local, something shared. */
class Hits {
  readonly total: SharedCounter;
  #local = 0;
  constructor(total: SharedCounter) {
    this.total = total;
  }
  next(x: number): number {
    this.#local++;
    return x + 1;
  }
}

export const hits: Linked<Hits> = linked(import.meta.url, "hits", {
  shared: () => ({ total: new SharedCounter() }),
  create: ({ total }) => new Hits(total),
});

/** What came out last: each call takes what the one before gave, so that none of them can be left out. */
let last = 0;
const total = new SharedCounter();
const singleton = new Hits(total);
const byThread = new Map<number, Hits>([[1, singleton]]);
const kept: Hits[] = new Array(BATCH).fill(singleton);
const family = hits.family();
const perThread = family.instancePerThread();
const threadHere = () => last < 0 ? 2 : 1;

function makeByThread(): Hits {
  const made = new Hits(total);
  byThread.set(threadHere(), made);
  return made;
}

for (
  const [name, get] of [
    ["the singleton of a module", () => singleton],
    [
      "the one of this thread in a map",
      () => byThread.get(threadHere()) ?? makeByThread(),
    ],
    ["family.here", () => family.here],
    ["definition.here", () => hits.here],
  ] as const
) {
  Deno.bench(`a method of ${name} × ${BATCH}`, {
    group: "here",
    baseline: name === "the singleton of a module",
  }, () => {
    let x = last;
    for (let k = 0; k < BATCH; k++) x = get().next(x);
    last = x | 0;
  });
}

for (
  const [name, make] of [
    ["new Hits()", () => new Hits(total)],
    ["family.create()", () => family.create()],
    ["definition.get()", () => hits.get()],
  ] as const
) {
  Deno.bench(`${name} × ${BATCH}`, {
    group: "a new instance",
    baseline: name === "new Hits()",
  }, () => {
    for (let k = 0; k < BATCH; k++) kept[k] = make();
  });
}

Deno.bench(`acquire and dispose the only handle × ${BATCH}`, {
  group: "one instance per thread",
}, () => {
  for (let k = 0; k < BATCH; k++) perThread.acquire()[Symbol.dispose]();
});

Deno.bench(`acquire and dispose, another handle alive × ${BATCH}`, {
  group: "one instance per thread",
  baseline: true,
}, (bench) => {
  const other = perThread.acquire();
  bench.start();
  for (let k = 0; k < BATCH; k++) perThread.acquire()[Symbol.dispose]();
  bench.end();
  other[Symbol.dispose]();
});

Deno.bench(`clone and dispose a handle × ${BATCH}`, {
  group: "one instance per thread",
}, (bench) => {
  const other = perThread.acquire();
  bench.start();
  for (let k = 0; k < BATCH; k++) other.clone()[Symbol.dispose]();
  bench.end();
  other[Symbol.dispose]();
});

const handle = hits.family().instancePerThread().acquire();

Deno.bench(`a method of handle.value × ${BATCH}`, {
  group: "one instance per thread",
}, () => {
  let x = last;
  for (let k = 0; k < BATCH; k++) x = handle.value.next(x);
  last = x | 0;
});
