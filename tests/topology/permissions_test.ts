import { assert, assertEquals } from "@std/assert";

/** What a program reports that was run with some permissions. */
interface Report {
  readonly source: string;
  readonly notes: string;
  readonly processors: number;
  readonly pinned: string;
}

const PROGRAM = import.meta.resolve("./permissions_program.ts");
const LIBC = "/lib/x86_64-linux-gnu/libc.so.6";
const linux = Deno.build.os === "linux";
const debian = linux && fileExists(LIBC);

function fileExists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Runs a program that detects the topology and pins itself; it must print its report and nothing else. */
function run(...flags: readonly string[]): Report {
  const { code, stderr, stdout } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-lock", ...flags, PROGRAM],
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(code, 0);
  return JSON.parse(decoder.decode(stdout));
}

for (const flags of [["-A"], ["--allow-ffi"], ["-A", "--deny-net"]]) {
  Deno.test({
    name: `topology() reads everything with ${flags.join(" ")} (needs Linux)`,
    ignore: !linux,
    fn() {
      const report = run(...flags);
      assert(report.source.includes("/sys and /proc through libc"));
      assert(report.pinned === "pinned");
    },
  });
}

Deno.test({
  name:
    "topology() works through libraries that are granted by path (needs Debian on x86-64)",
  ignore: !debian,
  fn() {
    const report = run(`--allow-ffi=${LIBC}`);
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
  Deno.test(`topology() counts processors and names the flag with ${flags.join(" ") || "no permission"}`, () => {
    const report = run(...flags);
    assertEquals(report.source, "navigator.hardwareConcurrency");
    assert(report.processors >= 1);
    assert(report.notes.includes("--allow-ffi"));
    assertEquals(report.pinned, "PinningUnavailableError");
  });
}
