// What it costs to have a value for each core, beside what a program would write itself:
// a singleton of a module, a map by thread; and to copy one by structuredClone instead.
import {
  currentAffinity,
  manualAffinities,
  PerCore,
  PerNode,
  PerProcess,
  RegionCached,
} from "../aware/mod.ts";
import { SharedCell } from "../sync/mod.ts";

const BATCH = 1000;
const [here, there] = manualAffinities([1, 1]);
const newValue = () => ({ n: 1 });

/** What came out last: each read takes what the one before gave, so that none is left out. */
let last = 0;
const handle = new PerCore(newValue);
const singleton = newValue();
const byThread = new Map([[1, newValue()]]);
const threadHere = () => last < 0 ? 2 : 1;

for (
  const [name, get] of [
    ["the singleton of a module", () => singleton],
    ["the one of this thread in a map", () => byThread.get(threadHere())!],
    ["PerCore.value", () => handle.value],
  ] as const
) {
  Deno.bench(`${name} × ${BATCH}`, {
    group: "read",
    baseline: name === "the singleton of a module",
  }, () => {
    let x = last;
    for (let k = 0; k < BATCH; k++) x += get().n;
    last = x | 0;
  });
}

for (const Class of [PerCore, PerNode, PerProcess]) {
  const moving = new Class(newValue);
  moving.relocated(here!, there!).relocated(there!, here!);
  Deno.bench(`${Class.name}.relocated() to a slot that is filled × ${BATCH}`, {
    group: "relocate",
    baseline: Class === PerCore,
  }, () => {
    for (let k = 0; k < BATCH; k += 2) {
      moving.relocated(here!, there!);
      moving.relocated(there!, here!);
    }
  });
}

const byIndex = new Map([[0, newValue()], [1, newValue()]]);
Deno.bench(`a map by processor × ${BATCH}`, { group: "relocate" }, () => {
  let x = last;
  for (let k = 0; k < BATCH; k++) x += byIndex.get((k + x) & 1)!.n;
  last = x | 0;
});
Deno.bench(`structuredClone() × ${BATCH}`, { group: "relocate" }, () => {
  for (let k = 0; k < BATCH; k++) structuredClone(singleton);
});

const kept: unknown[] = new Array(BATCH).fill(handle);
for (const Class of [PerCore, PerNode, PerProcess]) {
  Deno.bench(`new ${Class.name}() that moves to an empty slot × ${BATCH}`, {
    group: "fill",
    baseline: Class === PerCore,
  }, () => {
    for (let k = 0; k < BATCH; k++) {
      kept[k] = new Class(newValue).relocated(here!, there!);
    }
  });
}
Deno.bench(`PerCore.clone() × ${BATCH}`, { group: "fill" }, () => {
  for (let k = 0; k < BATCH; k++) kept[k] = handle.clone();
});

Deno.bench(`currentAffinity() × ${BATCH}`, { group: "where" }, () => {
  for (let k = 0; k < BATCH; k++) kept[k] = currentAffinity();
});

const prices = { tea: 1, coffee: 1, of: new Map([["cake", [1, 2, 3]]]) };
const cached = new RegionCached(prices);
const cell = new SharedCell("f64", 1);
let variable = prices;
const change = () => void (variable = { ...prices });

for (
  const [name, get] of [
    ["a variable of a module", () => variable.tea],
    ["RegionCached.get()", () => cached.get().tea],
    ["SharedCell.load(), a number", () => cell.load()],
    ["structuredClone()", () => structuredClone(prices).tea],
  ] as const
) {
  Deno.bench(`${name} × ${BATCH}`, {
    group: "read-mostly",
    baseline: name === "a variable of a module",
  }, () => {
    let x = last;
    for (let k = 0; k < BATCH; k++) x += get();
    last = x | 0;
    if (last < 0) change();
  });
}

Deno.bench(`RegionCached.set() and get() × ${BATCH}`, {
  group: "read-mostly",
}, () => {
  for (let k = 0; k < BATCH; k++) {
    cached.set(prices);
    kept[k] = cached.get();
  }
});
