import { assert, assertEquals } from "@std/assert";
import { topology } from "../../topology/mod.ts";
import { runProgram } from "../support/run_program.ts";
import type { PermissionsReport } from "./permissions_program.ts";

const PROGRAM = import.meta.resolve("./permissions_program.ts");
const PAGE = new URL("../../docs/permissions.md", import.meta.url);
const FOLDER = `/lib/${Deno.build.arch}-linux-gnu`;
const LIBC = `${FOLDER}/libc.so.6`;
const LIBNUMA = `${FOLDER}/libnuma.so.1`;

const linux = Deno.build.os === "linux";
const debian = linux && fileExists(LIBC);
const whole = debian && fileExists(LIBNUMA) &&
  topology().source.startsWith("libnuma") && topology().caches.length > 0;

function fileExists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Runs a program that detects the topology and pins itself; it must print its report and nothing else. */
async function run(...flags: readonly string[]): Promise<PermissionsReport> {
  const { code, stderr, stdout } = await runProgram({ file: PROGRAM }, {
    permissions: flags,
  });
  assertEquals(stderr, "");
  assertEquals(code, 0);
  return JSON.parse(stdout);
}

for (const flags of [["-A"], ["--allow-ffi"], ["-A", "--deny-net"]]) {
  Deno.test({
    name: `topology() reads everything with ${flags.join(" ")} (needs Linux)`,
    ignore: !linux,
    async fn() {
      const report = await run(...flags);
      assert(report.source.includes("/sys and /proc through libc"));
      assert(report.pinned === "pinned");
    },
  });
}

Deno.test({
  name:
    "topology() works through libraries that are granted by path (needs Debian)",
  ignore: !debian,
  async fn() {
    const report = await run(`--allow-ffi=${LIBC}`);
    assert(report.source.includes(LIBC));
    assertEquals(report.pinned, "pinned");
    assert(report.notes.includes("libnuma"));
  },
});

for (
  const flags of [
    [],
    ["--allow-read"],
    ["-A", "--deny-ffi"],
    ["--allow-ffi=/no/such/library.so"],
  ]
) {
  Deno.test(`topology() counts processors and names the flag with ${flags.join(" ") || "no permission"}`, async () => {
    const report = await run(...flags);
    assertEquals(report.source, "navigator.hardwareConcurrency");
    assert(report.processors >= 1);
    assert(report.notes.includes("--allow-ffi"));
    assertEquals(report.pinned, "PinningUnavailableError");
  });
}

/** The rows of the page's table: what is written there, and what is run. */
const ROWS: readonly (readonly [string, readonly string[]])[] = [
  ["`-A`", ["-A"]],
  ["`--allow-ffi`", ["--allow-ffi"]],
  ["`--allow-ffi=LIBC,LIBNUMA`", [`--allow-ffi=${LIBC},${LIBNUMA}`]],
  ["`--allow-ffi=LIBC`", [`--allow-ffi=${LIBC}`]],
  ["`-A --deny-ffi`", ["-A", "--deny-ffi"]],
  ["`--allow-read`", ["--allow-read"]],
  ["none", []],
];

function rowOf(flags: string, report: PermissionsReport): string[] {
  const { affinity, caches, cores, memory, pinned, source } = report;
  const counted = source === "navigator.hardwareConcurrency";
  return [
    flags,
    counted ? "their number" : "from `/sys`",
    cores > 0 && caches > 0 ? "from `/sys`" : "unknown",
    !memory
      ? "unknown"
      : source.includes("libnuma")
      ? "from libnuma"
      : "from `/sys`",
    affinity ? "the thread's and the control group's" : "unknown",
    pinned === "pinned" ? "yes" : "no",
  ];
}

Deno.test({
  name:
    "the page on permissions has the table that topology() gives rise to (needs Debian and libnuma)",
  ignore: !whole,
  async fn() {
    const made: string[][] = [];
    for (const [written, flags] of ROWS) {
      made.push(rowOf(written, await run(...flags)));
    }
    const page = await Deno.readTextFile(PAGE);
    const section = page.slice(page.indexOf("## What the topology tells"));
    const rows = section.split("\n")
      .filter((line) => line.startsWith("|")).slice(2)
      .map((line) => line.split("|").slice(1, -1).map((each) => each.trim()));
    assertEquals(rows, made);
  },
});
