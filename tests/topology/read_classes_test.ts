import { assertEquals } from "@std/assert";
import { readClasses } from "../../topology/read_classes.ts";
import { CPU, filesOf, type MachineText } from "./machine_text.ts";

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

/** The main id register of an Arm core: implementer, part and revision. */
function midr(id: number, part: string, revision = "1"): MachineText {
  const path = `${CPU}/cpu${id}/regs/identification/midr_el1`;
  return { [path]: `0x00000000411f${part}${revision}\n` };
}

function capacity(id: number, value: number): MachineText {
  return { [`${CPU}/cpu${id}/cpu_capacity`]: `${value}\n` };
}

Deno.test("readClasses() takes Arm's designs, whose speeds differ a little", () => {
  const files = filesOf({
    ...midr(0, "d87"),
    ...midr(1, "d85"),
    ...midr(2, "d87", "0"),
    ...midr(3, "d85"),
    ...capacity(0, 718),
    ...capacity(1, 997),
    ...capacity(2, 731),
    ...capacity(3, 1024),
  });
  assertEquals(readClasses(files, [0, 1, 2, 3]), [[0, 2], [1, 3]]);
});

Deno.test("readClasses() divides one design where speeds differ much", () => {
  const files = filesOf({
    ...midr(0, "d0b"),
    ...midr(1, "d0b"),
    ...midr(2, "d05"),
    ...capacity(0, 1024),
    ...capacity(1, 870),
    ...capacity(2, 300),
  });
  assertEquals(readClasses(files, [0, 1, 2]), [[2], [1], [0]]);
});

Deno.test("readClasses() orders designs by their maximal frequency where nothing else is known", () => {
  const frequency = (id: number, value: string) => ({
    [`${CPU}/cpu${id}/cpufreq/cpuinfo_max_freq`]: value,
  });
  const designs = { ...midr(0, "d08"), ...midr(1, "d03") };
  const files = filesOf({
    ...designs,
    ...frequency(0, "1800000"),
    ...frequency(1, "1400000"),
  });
  assertEquals(readClasses(files, [0, 1]), [[1], [0]]);
  assertEquals(readClasses(filesOf(designs), [0, 1]), [[0, 1]]);
});

Deno.test("readClasses() takes the firmware's performance where there are no capacities", () => {
  const nominal = (id: number, value: number) => ({
    [`${CPU}/cpu${id}/acpi_cppc/nominal_perf`]: `${value}\n`,
    [`${CPU}/cpu${id}/acpi_cppc/highest_perf`]: `${60 + id}\n`,
  });
  const files = filesOf({
    ...nominal(0, 24),
    ...nominal(1, 19),
    ...nominal(2, 24),
  });
  assertEquals(readClasses(files, [0, 1, 2]), [[1], [0, 2]]);
  const equal = filesOf({ ...nominal(0, 24), ...nominal(1, 24) });
  assertEquals(readClasses(equal, [0, 1]), [[0, 1]]);
  const unknown = filesOf({ ...nominal(0, 0), ...nominal(1, 24) });
  assertEquals(readClasses(unknown, [0, 1]), [[0, 1]]);
});

Deno.test("readClasses() takes no notice of a few hundredths", () => {
  const files = filesOf({
    ...capacity(0, 1024),
    ...capacity(1, 1007),
    ...capacity(2, 995),
  });
  assertEquals(readClasses(files, [0, 1, 2]), [[0, 1, 2]]);
});

Deno.test("readClasses() divides Intel's kinds by capacity, and keeps their order", () => {
  const files = filesOf({
    "/sys/devices/cpu_core/cpus": "0-1",
    "/sys/devices/cpu_atom/cpus": "2-3",
    ...capacity(0, 1024),
    ...capacity(1, 1009),
    ...capacity(2, 600),
    ...capacity(3, 400),
  });
  assertEquals(readClasses(files, [0, 1, 2, 3]), [[3], [2], [0, 1]]);
});
