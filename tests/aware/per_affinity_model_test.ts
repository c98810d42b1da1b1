import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  manualAffinities,
  type MemoryAffinity,
  type PerAffinity,
  PerCore,
  PerNode,
  PerProcess,
  type SlotSource,
} from "../../aware/mod.ts";
import {
  PER_CORE,
  PER_NODE,
  PER_PROCESS,
  type Strategy,
} from "../../aware/strategy.ts";

const PLACES: readonly MemoryAffinity[] = [
  ...manualAffinities([2, 3]),
  "unknown",
];

type Step =
  | { readonly do: "move"; handle: number; from: number; to: number }
  | { readonly do: "clone" | "dispose"; handle: number };

const place = fc.nat(PLACES.length - 1);
const handle = fc.nat(100);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("move" as const),
        handle,
        from: place,
        to: place,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("clone" as const), handle }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("dispose" as const), handle }),
    },
  ),
  { maxLength: 60 },
);

/** What handles come to, in as few words as can be. */
class Plain {
  readonly slots = new Map<number, number>();
  readonly handles: number[] = [0];
  #made = 1;
  readonly #strategy: Strategy;

  constructor(strategy: Strategy) {
    this.#strategy = strategy;
    const index = strategy.index("unknown");
    if (index >= 0) this.slots.set(index, 0);
  }

  move(handle: number, from: MemoryAffinity, to: MemoryAffinity): void {
    const [source, destination] = [from, to].map(this.#strategy.index);
    const { slots, handles } = this;
    if (destination! < 0) return;
    const former = handles[handle]!;
    if (!slots.has(destination!)) {
      const stays = source === destination;
      slots.set(destination!, stays ? former : this.#made++);
      if (source! >= 0 && !slots.has(source!)) slots.set(source!, former);
    }
    handles[handle] = slots.get(destination!)!;
  }

  count(handle: number): number {
    return this.handles.filter((value) => value === this.handles[handle])
      .length;
  }
}

function numbered<T>(make: (source: SlotSource<number>) => T): T {
  let made = 0;
  return make(() => made++);
}

const CLASSES: readonly [Strategy, () => PerAffinity<number>][] = [
  [PER_CORE, () => numbered((source) => new PerCore(source))],
  [PER_NODE, () => numbered((source) => new PerNode(source))],
  [PER_PROCESS, () => numbered((source) => new PerProcess(source))],
];

for (const [strategy, make] of CLASSES) {
  Deno.test(`${strategy.name} does as a table of slots does, whatever is done with it (T9, T10, T15, T16, T17, T20)`, () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const plain = new Plain(strategy);
        const handles = [make()];
        for (const step of steps) {
          const at = step.handle % handles.length;
          const { [at]: one } = handles;
          if (step.do === "move") {
            const [from, to] = [PLACES[step.from]!, PLACES[step.to]!];
            one!.relocated(from, to);
            plain.move(at, from, to);
          } else if (step.do === "clone") {
            handles.push(one!.clone());
            plain.handles.push(plain.handles[at]!);
          } else if (handles.length > 1) {
            one![Symbol.dispose]();
            handles.splice(at, 1);
            plain.handles.splice(at, 1);
          }
          assertEquals(handles.map(({ value }) => value), plain.handles);
          assertEquals(
            handles.map(({ count }) => count),
            handles.map((_, k) => plain.count(k)),
          );
        }
      }),
      { numRuns: 300 },
    );
  });
}
