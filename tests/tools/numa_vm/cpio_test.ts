import { assertEquals } from "@std/assert";
import { archiveOf } from "../../../tools/numa_vm/cpio.ts";

/** Reads an archive as the kernel does: names, modes and contents up to the trailer. */
function entriesOf(archive: Uint8Array): [string, number, string][] {
  const text = (start: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(start, start + length));
  const entries: [string, number, string][] = [];
  for (let at = 0; at < archive.length;) {
    assertEquals([at % 4, text(at, 6)], [0, "070701"]);
    const field = (index: number): number =>
      parseInt(text(at + 6 + 8 * index, 8), 16);
    const nameLength = field(11);
    const name = text(at + 110, nameLength - 1);
    const content = Math.ceil((at + 110 + nameLength) / 4) * 4;
    if (name === "TRAILER!!!") return entries;
    entries.push([name, field(1), text(content, field(6))]);
    at = Math.ceil((content + field(6)) / 4) * 4;
  }
  throw new Error("Cannot read archive as it has no trailer");
}

Deno.test("archiveOf() makes what the kernel reads", () => {
  const archive = archiveOf([
    { path: "bin" },
    { path: "bin/a", content: "12345" },
    { path: "bin/abc", content: new Uint8Array([65, 66, 67, 68]) },
    { path: "empty", content: "" },
  ]);
  assertEquals(entriesOf(archive), [
    ["bin", 0o040755, ""],
    ["bin/a", 0o100755, "12345"],
    ["bin/abc", 0o100755, "ABCD"],
    ["empty", 0o100755, ""],
  ]);
  assertEquals(archive.length % 4, 0);
});

Deno.test("archiveOf() makes archives that can follow each other", () => {
  const first = archiveOf([{ path: "a", content: "1" }]);
  const second = archiveOf([{ path: "b", content: "2" }]);
  const both = new Uint8Array([...first, ...second]);
  assertEquals(entriesOf(both.subarray(first.length)), [["b", 0o100755, "2"]]);
  assertEquals(entriesOf(both), [["a", 0o100755, "1"]]);
});
