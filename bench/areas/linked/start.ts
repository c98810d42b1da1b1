import type { Family, Linked, Runtime } from "../../../mod.ts";

/** A family on a worker for each core, which nobody else uses. */
export interface Started<T extends object> {
  readonly family: Family<T>;
  close(): Promise<void>;
}

/** Starts a runtime of its own for a new family. */
export async function start<T extends object>(
  definition: Linked<T>,
): Promise<Started<T>> {
  const { Runtime } = await import("../../../mod.ts");
  const runtime: Runtime = await Runtime.start();
  const close = () => runtime.close();
  try {
    return { family: await runtime.link(definition.family()), close };
  } catch (error) {
    await close();
    throw error;
  }
}
