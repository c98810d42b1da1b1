import { Runtime, type RuntimeOptions } from "../../mod.ts";

/** `deno bench` sorts benches by the names of their groups: letters come before this one. */
const LAST = "~";

/**
 * Benches with a live runtime: starts it, lets `register` register benches that use it, and closes it after the last
 * bench of the file.
 *
 * Neither the start nor the end is in a bench. With `--filter` the one that closes is left out: then the workers end
 * with the file.
 */
export async function withRuntime(
  options: RuntimeOptions,
  register: (runtime: Runtime) => Promise<void> | void,
): Promise<void> {
  const runtime = await Runtime.start(options);
  try {
    await register(runtime);
  } catch (error) {
    await runtime.close();
    throw error;
  }
  // A bench runs many times; all but the first find it closed.
  Deno.bench("(the runtime is closed)", { group: LAST }, () => runtime.close());
}
