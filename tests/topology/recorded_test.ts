import { assert, assertEquals } from "@std/assert";
import { readTopology, Topology } from "../../topology/mod.ts";
import { summaryOf } from "./machine_summary.ts";
import {
  FIXTURE_MACHINES,
  fixtureSummary,
  hwlocSummary,
  NEEDS_RECORDINGS,
  readFixture,
  RECORDED_MACHINES,
  withRecording,
} from "./recorded_machines.ts";

/** The lines in which the library means to differ from hwloc, and why. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> =
  {
    // Every node claims all processors. hwloc keeps the first node, and with it
    // an eighth of the memory; the library counts all memory as one node.
    "8em64t-2s2ca2c-buggynuma": {
      "node 0 with 2147004416 bytes: 0-7": "node 0 with 16723787776 bytes: 0-7",
    },
  };

function expected(name: string): string[] {
  const differences = DIFFERENCES[name] ?? {};
  return hwlocSummary(name).map((line) => differences[line] ?? line).sort();
}

/** What must hold for every machine. */
function assertWhole(machine: Topology): void {
  assertEquals(Topology.fromJSON(machine.toJSON()).toJSON(), machine.toJSON());
  for (const node of machine.nodes) {
    assert(node.processors.size === 0 || node.processors.equals(node.nearest));
  }
  for (const core of machine.cores) {
    assert([...core.processors].every((each) => each.core === core));
  }
  const ranked = machine.classes.map((each) => each.processors.ids).flat();
  assertEquals(ranked.toSorted((a, b) => a - b), machine.online.ids);
  for (const line of machine.toString().split("\n")) assert(line.length <= 80);
}

/** A fixture must be what the recording is that it was made from. */
function assertSame(machine: Topology, fixture: string): void {
  const { source: _recorded, ...recorded } = machine.toJSON();
  const { source: _made, ...made } = readFixture(fixture).toJSON();
  assertEquals(made, recorded);
  assertEquals(fixtureSummary(fixture), hwlocSummary(`syn-${fixture}`));
}

Deno.test({
  name: `readTopology() reads what hwloc reads ${NEEDS_RECORDINGS}`,
  ignore: RECORDED_MACHINES.length === 0,
  async fn(t) {
    for (const name of RECORDED_MACHINES) {
      await t.step(name, () =>
        withRecording(name, (root) => {
          const machine = readTopology({ root });
          assertEquals(summaryOf(machine), expected(name));
          assertWhole(machine);
          const fixture = FIXTURE_MACHINES.find((each) =>
            name === `syn-${each}`
          );
          if (fixture !== undefined) assertSame(machine, fixture);
        }));
    }
  },
});

for (const name of FIXTURE_MACHINES) {
  Deno.test(`readTopology() reads what hwloc reads of the made-up ${name}`, () => {
    const machine = readFixture(name);
    assertEquals(summaryOf(machine), fixtureSummary(name));
    assertWhole(machine);
  });
}

Deno.test("readTopology() reads quotas of control groups, the tightest around the group", () => {
  assertEquals(readFixture("cgroup1-docker").quota, 3);
  assertEquals(readFixture("cgroup2-container").quota, 2.5);
  assertEquals(readFixture("offline-gaps").quota, undefined);
});
