import { assertEquals } from "@std/assert";
import { type NodeRecords, readNodes } from "../../topology/read_nodes.ts";
import { filesOf, NODE, node } from "./machine_text.ts";

Deno.test("readNodes() keeps sparse ids, memory and asymmetric distances", () => {
  const { distances, nodes, notes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0,33",
      ...node(0, { cpus: "0-1", kilobytes: 1024, distance: "10 20" }),
      ...node(33, { cpus: "2-3", kilobytes: 2048, distance: "30 10" }),
    }),
    [0, 1, 3],
    undefined,
  );
  assertEquals(nodes, [
    { id: 0, processors: [0, 1], nearest: [0, 1], memory: 2 ** 20, free: 7168 },
    { id: 33, processors: [3], nearest: [3], memory: 2 ** 21, free: 7168 },
  ]);
  assertEquals(distances, { nodes: [0, 33], rows: [[10, 20], [30, 10]] });
  assertEquals(notes, []);
});

Deno.test("readNodes() keeps nodes without processors and without memory", () => {
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0-2",
      ...node(0, { cpus: "0-1", kilobytes: 0, distance: "10 20 40" }),
      ...node(1, { cpus: "2-3", kilobytes: 64, distance: "20 10 20" }),
      ...node(2, { cpus: "", kilobytes: 64, distance: "40 20 10" }),
    }),
    [0, 1, 2, 3],
    undefined,
  );
  assertEquals(nodes[0]!.memory, 0);
  assertEquals(nodes[2]!.processors, []);
  assertEquals(nodes[2]!.nearest, [2, 3]);
});

Deno.test("readNodes() lets the firmware name what is nearest", () => {
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0-2",
      ...node(0, { cpus: "0", kilobytes: 64, distance: "10 20 40" }),
      ...node(1, { cpus: "1", kilobytes: 64, distance: "20 10 20" }),
      ...node(2, { cpus: "", kilobytes: 64, distance: "40 20 10" }),
      [`${NODE}/node2/access0/initiators/node0/cpumap`]: "1",
    }),
    [0, 1],
    undefined,
  );
  assertEquals(nodes[2]!.nearest, [0]);
});

Deno.test("readNodes() makes one node of a machine without NUMA", () => {
  const { distances, nodes, notes } = readNodes(
    filesOf({ "/proc/meminfo": "MemTotal:  1024 kB\nMemFree:  512 kB\n" }),
    [0, 2],
    undefined,
  );
  assertEquals(nodes, [
    {
      id: 0,
      processors: [0, 2],
      nearest: [0, 2],
      memory: 2 ** 20,
      free: 2 ** 19,
    },
  ]);
  assertEquals(distances, null);
  assertEquals(notes.length, 1);
});

Deno.test("readNodes() makes one node of nodes that share processors", () => {
  const { nodes, notes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0-1",
      ...node(0, { cpus: "0-1", kilobytes: 64, distance: "10 10" }),
      ...node(1, { cpus: "0-1", kilobytes: 64, distance: "10 10" }),
    }),
    [0, 1],
    undefined,
  );
  assertEquals(nodes.map((each) => [each.id, each.memory]), [[0, null]]);
  assertEquals(notes.length, 1);
});

/** Two nodes, of which the second says this of distances. */
function twoNodes(distance: string): NodeRecords {
  const files = filesOf({
    [`${NODE}/online`]: "0-1",
    ...node(0, { cpus: "0", kilobytes: 64, distance: "10 20" }),
    ...node(1, { cpus: "1", kilobytes: 64, distance }),
  });
  return readNodes(files, [0, 1], undefined);
}

Deno.test("readNodes() has no distances where the files do not fit the nodes", () => {
  for (const distance of ["10", "10 20 30", "10 x", ""]) {
    assertEquals(twoNodes(distance).distances, null);
  }
});

Deno.test("readNodes() looks for nodes that no list names, in maps with a NUL", () => {
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/node0/cpumap`]: "00000003\0\n",
      [`${NODE}/node5/cpumap`]: "0000000c\0\n",
    }),
    [0, 1, 2, 3],
    undefined,
  );
  assertEquals(nodes.map((each) => [each.id, each.processors]), [
    [0, [0, 1]],
    [5, [2, 3]],
  ]);
});

Deno.test("readNodes() names the processors that belong to no node", () => {
  const { nodes, notes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "1",
      ...node(1, { cpus: "2-3", kilobytes: 64, distance: "10" }),
    }),
    [0, 1, 2, 3],
    undefined,
  );
  assertEquals(nodes.map((each) => each.processors), [[2, 3]]);
  assertEquals(notes.length, 1);
  assertEquals(notes[0]!.includes("0-1"), true);
});

Deno.test("readNodes() has no distances where there is one node", () => {
  const { distances } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0",
      ...node(0, { cpus: "0", kilobytes: 64, distance: "10" }),
    }),
    [0],
    undefined,
  );
  assertEquals(distances, null);
});

Deno.test("readNodes() notes distances that cannot be", () => {
  assertEquals(twoNodes("30 10").notes, []);
  assertEquals(twoNodes("10 20").notes.length, 1);
  assertEquals(twoNodes("10 20").notes[0]!.includes("node 1"), true);
  assertEquals(twoNodes("10").notes.length, 1);
});

Deno.test("readNodes() takes all as near where nothing tells of a node without processors", () => {
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/node0/cpumap`]: "1",
      [`${NODE}/node1/cpumap`]: "2",
      [`${NODE}/node2/cpumap`]: "0",
    }),
    [0, 1],
    undefined,
  );
  assertEquals(nodes[2]!.nearest, [0, 1]);
});

Deno.test("readNodes() takes the processors next to a GPU as the nearest to its memory", () => {
  const gpu = "0004:05:00.0";
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0,8,255",
      ...node(0, { cpus: "0-1", kilobytes: 64, distance: "10 40 80" }),
      ...node(8, { cpus: "2-3", kilobytes: 64, distance: "40 10 80" }),
      ...node(255, { cpus: "", kilobytes: 32, distance: "80 80 10" }),
      [`/proc/driver/nvidia/gpus/${gpu}/numa_status`]:
        "Status: online\n\nNode: 255\n",
      [`/sys/bus/pci/devices/${gpu}/local_cpus`]: "0000001c\n",
      "/proc/driver/nvidia/gpus/0004:06:00.0/information": "",
    }),
    [0, 1, 2, 3],
    undefined,
  );
  assertEquals(nodes[2]!.processors, []);
  assertEquals(nodes[2]!.nearest, [2, 3]);
});

Deno.test("readNodes() leaves out nodes of which a recording has nothing", () => {
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0-2",
      ...node(0, { cpus: "0", kilobytes: 1, distance: "10 20 20" }),
      ...node(2, { cpus: "", kilobytes: 1, distance: "20 20 10" }),
    }),
    [0],
    undefined,
  );
  assertEquals(nodes.map(({ id }) => id), [0, 2]);
});

Deno.test("readNodes() believes the map where the list is empty", () => {
  const { nodes, notes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0",
      [`${NODE}/node0/cpulist`]: "\n",
      [`${NODE}/node0/cpumap`]: `${"00000000,".repeat(255)}00000005\0\n`,
    }),
    [0, 2],
    undefined,
  );
  assertEquals([nodes[0]!.processors, notes], [[0, 2], []]);
});

Deno.test("readNodes() takes distances where no processor is next to a GPU", () => {
  const device = "0000:01:00.0";
  const { nodes } = readNodes(
    filesOf({
      [`${NODE}/online`]: "0-1",
      ...node(0, { cpus: "0", kilobytes: 1, distance: "10 20" }),
      ...node(1, { cpus: "", kilobytes: 1, distance: "20 10" }),
      [`/proc/driver/nvidia/gpus/${device}/numa_status`]: "Node: 1\n",
      [`/sys/bus/pci/devices/${device}/local_cpus`]: "0\n",
    }),
    [0],
    undefined,
  );
  assertEquals(nodes[1]!.nearest, [0]);
});
