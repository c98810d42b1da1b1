import { assert, assertEquals } from "@std/assert";
import { fallbackPlatform } from "../../ffi/mod.ts";

Deno.test("fallbackPlatform() knows nothing, pins nothing and says why", () => {
  const missing = [{ what: "pinning", why: "it is a test" }];
  const platform = fallbackPlatform(missing);
  assertEquals(platform.missing, missing);
  assertEquals(platform.numa, undefined);
  assertEquals(platform.memory, undefined);
  assertEquals(platform.affinity(), undefined);
  assertEquals(platform.affinityOf(1), undefined);
  assertEquals(platform.currentProcessor(), undefined);
  assertEquals(platform.threadId(), undefined);
  assertEquals(platform.schedulingOf(1), undefined);
  assertEquals(platform.readFile("/proc/self/status"), undefined);
  assertEquals(platform.namesIn("/proc/self"), []);
  assert(platform.setAffinity([0]) > 0);
  assert(platform.setAffinityOf(1, [0]) > 0);
  assert(platform.setSchedulingOf(1, "idle") > 0);
});
