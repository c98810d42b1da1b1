import type { Running, Scenario, Subject } from "../../harness/scenario.ts";
import { nanoseconds, type Unit } from "../../harness/unit.ts";
import { turnsIn } from "../layout/grinder.ts";
import type { Reader } from "./reader.ts";
import type { Reads } from "./reads.ts";
import { SharedLru } from "./shared_lru.ts";
import { start, type Started } from "./start.ts";

type Definitions = typeof import("./readers.ts");
type Contender = readonly [name: string, keyof Definitions];

const BASELINE = "one cache, one lock";

const CONTENDERS: readonly Contender[] = [
  ["a map for each thread (floor)", "plain"],
  ["linked, a cache on each core", "perCore"],
  ["linked, one owner of each key", "oneOwner"],
  [BASELINE, "oneLock"],
];
const WITH_JSON: Contender = [
  "one cache, one lock, values made of JSON",
  "oneLockText",
];
const WITH_TTL: Contender = [
  "linked, a cache on each core, with a time to live",
  "perCoreWithTtl",
];

/** Entries for which each worker has room. */
const CAPACITY = 1000;
/** Reads of each worker that fill a cache, and that are looked at for a rate of hits. */
const READS = 20_000;

const hits: Unit = {
  label: "% hits",
  better: "higher",
  of: () => {
    throw new Error("Hits are counted, and not timed");
  },
};

async function startReaders(
  key: keyof Definitions,
  reads: Reads,
): Promise<Started<Reader>> {
  const definitions: Definitions = await import("./readers.ts");
  const started = await start<Reader>(definitions[key]);
  const { family } = started;
  const memory = SharedLru.share(reads.capacity * family.size);
  await Promise.all(Array.from(
    { length: family.size },
    (_, worker) => family.on(worker).arrange({ reads, worker, memory, family }),
  ));
  await family.all().fill(READS);
  return started;
}

/** How long a read takes. */
function timed([name, key]: Contender, reads: Reads): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const { family, close } = await startReaders(key, reads);
      return {
        async run(count) {
          await family.all().read(count);
          return count;
        },
        close,
      };
    },
  };
}

/** How many reads find their value. */
function counted([name, key]: Contender, reads: Reads): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const { family, close } = await startReaders(key, { ...reads, turns: 0 });
      return {
        async run() {
          await family.all().takeMisses();
          await family.all().read(READS);
          const misses = await family.all().takeMisses();
          const sum = misses.reduce((sum, count) => sum + count);
          return { value: 100 * (1 - sum / READS / family.size) };
        },
        close,
      };
    },
  };
}

/** Who reads soonest, while all workers read all the time; and who finds most. */
export function cacheScenarios(cores: number): Scenario[] {
  const room = ({ keys }: Reads) =>
    `${cores} workers read ${keys} keys; room for ${CAPACITY} on each core, or ${
      cores * CAPACITY
    } for all`;
  const times = (
    name: string,
    reads: Reads,
    what: string,
    contenders: readonly Contender[] = [...CONTENDERS, WITH_JSON],
  ): Scenario => ({
    name: `lru-cache/${name}`,
    unit: nanoseconds,
    baseline: BASELINE,
    note: `${room(reads)}; ${what}`,
    subjects: contenders.map((each) => timed(each, reads)),
  });
  const rates = (name: string, reads: Reads): Scenario => ({
    name: `lru-cache/${name}/hits`,
    unit: hits,
    baseline: BASELINE,
    note: room(reads),
    subjects: CONTENDERS.map((each) => counted(each, reads)),
  });
  const small = { keys: CAPACITY, skew: 1, capacity: CAPACITY, turns: 0 };
  const skewed = { ...small, keys: 20 * CAPACITY };
  const even = { ...small, keys: cores * CAPACITY, skew: 0 };
  const missing = (us: number) => ({ turns: turnsIn(us) });
  return [
    times("all-fit", small, "none is missing", [
      ...CONTENDERS,
      WITH_JSON,
      WITH_TTL,
    ]),
    times("skewed/1us", { ...skewed, ...missing(1) }, "a miss takes 1 us"),
    times(
      "skewed/100us",
      { ...skewed, ...missing(100) },
      "a miss takes 100 us",
    ),
    times("even/1us", { ...even, ...missing(1) }, "a miss takes 1 us"),
    times("even/100us", { ...even, ...missing(100) }, "a miss takes 100 us"),
    rates("skewed", skewed),
    rates("even", even),
  ];
}
