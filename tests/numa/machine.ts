/**
 * The emulated machine that the tests run in.
 *
 * @module
 */

import { type Machine, MACHINES } from "../../tools/numa_vm/machines.ts";

const name = Deno.env.get("NUMA_VM_MACHINE");

/** The machine; undefined outside of one. */
export const MACHINE: Machine | undefined = MACHINES.find((each) =>
  each.name === name
);

/** What is left out elsewhere, and says so. */
export const IN_MACHINE: { readonly ignore: boolean } = {
  ignore: MACHINE === undefined,
};

/** To be put behind the names of tests. */
export const WHERE: string = MACHINE === undefined
  ? " (in the machines of deno task test:numa)"
  : "";
