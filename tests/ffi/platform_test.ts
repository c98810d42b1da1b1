import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { describeErrno, platform } from "../../ffi/mod.ts";

const here = platform();
const pins = here.affinity() !== undefined;
/** Tests that need the C library are left out where it may not be called. */
const withLibc = { ignore: !pins };
const writes =
  Deno.permissions.querySync({ name: "write" }).state === "granted";
const numa = here.numa;
const where = pins ? "" : " (needs Linux and --allow-ffi)";
const whereNuma = numa === undefined ? " (needs libnuma)" : "";

/** What the kernel says of a thread of this process. */
function statusOf(threadId: number, name: string): string | undefined {
  const text = here.readFile(`/proc/self/task/${threadId}/status`) ?? "";
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1];
}

Deno.test("platform() is made once, and again when it is refreshed", () => {
  assertStrictEquals(platform(), here);
  const again = platform({ refresh: true });
  assertNotStrictEquals(again, here);
  assertStrictEquals(platform(), again);
  assertEquals(again.source, here.source);
});

Deno.test({
  ...withLibc,
  name: `Platform.setAffinity() pins the calling thread only${where}`,
  fn() {
    const former = here.affinity()!;
    const threadId = here.threadId()!;
    const last = former.at(-1)!;
    try {
      assertEquals(here.setAffinity([last]), 0);
      assertEquals(here.affinity(), [last]);
      assertEquals(here.affinityOf(threadId), [last]);
      assertEquals(statusOf(threadId, "Cpus_allowed_list"), `${last}`);
      assertEquals(here.currentProcessor(), last);
    } finally {
      assertEquals(here.setAffinity(former), 0);
    }
    assertEquals(here.affinity(), former);
    assertEquals(here.affinityOf(threadId), former);
  },
});

Deno.test({
  ...withLibc,
  name: `Platform.setAffinityOf() pins a thread by its id${where}`,
  fn() {
    const former = here.affinity()!;
    const threadId = here.threadId()!;
    try {
      assertEquals(here.setAffinityOf(threadId, [former[0]!]), 0);
      assertEquals(here.affinity(), [former[0]]);
    } finally {
      here.setAffinityOf(threadId, former);
    }
    assertEquals(here.affinity(), former);
  },
});

Deno.test({
  ...withLibc,
  name: `Platform answers error numbers for what the kernel refuses${where}`,
  fn() {
    const former = here.affinity()!;
    const nobody = 2 ** 22 + 1; // Thread ids end at 2 ** 22.
    assertEquals(
      describeErrno(here.setAffinity([1_000_000])).slice(0, 6),
      "EINVAL",
    );
    assertEquals(here.affinityOf(nobody), undefined);
    assertEquals(
      describeErrno(here.setAffinityOf(nobody, former)).slice(0, 5),
      "ESRCH",
    );
    assertEquals(here.schedulingOf(nobody), undefined);
    assert(here.setSchedulingOf(nobody, "idle") > 0);
    assertEquals(here.affinity(), former);
  },
});

Deno.test({
  ...withLibc,
  name: `Platform.setSchedulingOf() puts a thread into a class${where}`,
  fn() {
    const threadId = here.threadId()!;
    const former = here.schedulingOf(threadId);
    assertEquals(former, "other");
    try {
      assertEquals(here.setSchedulingOf(threadId, "batch"), 0);
      assertEquals(here.schedulingOf(threadId), "batch");
    } finally {
      assertEquals(here.setSchedulingOf(threadId, "other"), 0);
    }
    assertEquals(here.schedulingOf(threadId), "other");
  },
});

Deno.test({
  ...withLibc,
  name: `Platform.readFile() reads /proc${where}`,
  fn() {
    assert(here.readFile("/proc/self/status")!.includes("Cpus_allowed_list"));
  },
});

Deno.test({
  name:
    "Platform.readFile() reads long files and empty ones (needs Linux, --allow-ffi and --allow-write)",
  ignore: !pins || !writes,
  fn() {
    const path = Deno.makeTempFileSync();
    try {
      assertEquals(here.readFile(path), "");
      const long = "0123456789ä".repeat(20_000);
      Deno.writeTextFileSync(path, long);
      assertEquals(here.readFile(path), long);
    } finally {
      Deno.removeSync(path);
    }
  },
});

Deno.test({
  ...withLibc,
  name: `Platform.readFile() has nothing for what is no file${where}`,
  fn() {
    assertEquals(here.readFile("/no/such/file"), undefined);
    assertEquals(here.readFile("/proc"), undefined);
    assertEquals(here.readFile("/proc/self/status\0.txt"), undefined);
    assertEquals(here.readFile(""), undefined);
  },
});

Deno.test({
  name:
    "Platform.namesIn() names what is in a folder, and nothing where there is none (needs Linux, --allow-ffi and --allow-write)",
  ignore: !pins || !writes,
  fn() {
    const folder = Deno.makeTempDirSync();
    try {
      assertEquals(here.namesIn(folder), []);
      // More than the C library reads at once, up to the longest name.
      const names = Array.from({ length: 255 }, (_, k) => "n".repeat(k + 1));
      names.push("ä", ".hidden");
      for (const name of names) Deno.writeTextFileSync(`${folder}/${name}`, "");
      assertEquals(here.namesIn(folder).sort(), names.sort());
      assertEquals(here.namesIn(`${folder}/${names[0]}`), []);
      assertEquals(here.namesIn(`${folder}\0`), []);
      assertEquals(here.namesIn(`${folder}/no/such/folder`), []);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test({
  ...withLibc,
  name: `Platform.pageSize is a power of two${where}`,
  fn() {
    assert(Number.isInteger(Math.log2(here.pageSize!)));
  },
});

Deno.test({
  name: `NumaLibrary agrees with itself about nodes${whereNuma}`,
  ignore: numa === undefined,
  fn() {
    const nodes = numa!.nodes();
    assert(nodes.length >= 1);
    const processors = nodes.flatMap((node) => numa!.processorsOf(node)!);
    assertEquals(new Set(processors).size, processors.length);
    for (const node of nodes) {
      assertEquals(numa!.distance(node, node), 10);
      const { free, size } = numa!.memory(node)!;
      assert(free >= 0 && free <= size);
    }
    assertEquals(numa!.memory(100_000), undefined);
    assertEquals(numa!.distance(0, 100_000), undefined);
  },
});
