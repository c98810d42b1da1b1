import { assertEquals } from "@std/assert";
import { readClasses } from "../../topology/read_classes.ts";
import { CPU, filesOf } from "./machine_text.ts";

Deno.test("readClasses() takes Intel's kinds of core", () => {
  const files = filesOf({
    "/sys/devices/cpu_core/cpus": "0-3",
    "/sys/devices/cpu_atom/cpus": "4-7",
  });
  assertEquals(readClasses(files, [0, 1, 2, 4, 5]), [[4, 5], [0, 1, 2]]);
});

Deno.test("readClasses() orders capacities, the slowest first", () => {
  const files = filesOf({
    [`${CPU}/cpu0/cpu_capacity`]: "1024",
    [`${CPU}/cpu1/cpu_capacity`]: "250",
    [`${CPU}/cpu2/cpu_capacity`]: "760",
    [`${CPU}/cpu3/cpu_capacity`]: "250",
  });
  assertEquals(readClasses(files, [0, 1, 2, 3]), [[1, 3], [2], [0]]);
});

Deno.test("readClasses() takes base frequencies where capacities are equal", () => {
  const files = filesOf({
    [`${CPU}/cpu0/cpu_capacity`]: "1024",
    [`${CPU}/cpu1/cpu_capacity`]: "1024",
    [`${CPU}/cpu0/cpufreq/base_frequency`]: "1900000",
    [`${CPU}/cpu1/cpufreq/base_frequency`]: "1400000",
  });
  assertEquals(readClasses(files, [0, 1]), [[1], [0]]);
});

Deno.test("readClasses() does not take turbo frequencies for classes", () => {
  const files = filesOf({
    [`${CPU}/cpu0/cpufreq/cpuinfo_max_freq`]: "5000000",
    [`${CPU}/cpu1/cpufreq/cpuinfo_max_freq`]: "4900000",
  });
  assertEquals(readClasses(files, [0, 1]), [[0, 1]]);
});

Deno.test("readClasses() has one class where something is known of a part only", () => {
  const files = filesOf({
    [`${CPU}/cpu0/cpu_capacity`]: "1024",
    "/sys/devices/cpu_core/cpus": "0-1",
  });
  assertEquals(readClasses(files, [0, 1, 2]), [[0, 1, 2]]);
});
