/**
 * Tests that run with real workers and with inline ones.
 *
 * @module
 */

import { Runtime, type RuntimeOptions, topology } from "../../mod.ts";

/** How a runtime has its workers. */
export type RuntimeKind = "threads" | "inline";

/** What a test of both is told. */
export interface BothContext {
  /** How the runtime has its workers. */
  readonly kind: RuntimeKind;
  /** Starts a runtime of that kind. */
  start(options?: RuntimeOptions): Promise<Runtime>;
}

/** Defines a test for each kind; that of real workers only where there are two processors. */
export function testBoth(
  name: string,
  run: (context: BothContext) => Promise<void>,
): void {
  for (const kind of ["threads", "inline"] as const) {
    const ignore = kind === "threads" && topology().allowed.size < 2;
    const start = (options: RuntimeOptions = {}) =>
      startAs(kind, { workers: 2, ...options });
    Deno.test(
      `${name} (${kind})`,
      { timeout: 60_000, ignore },
      () => run({ kind, start }),
    );
  }
}

/** Starts a runtime of a kind. */
export async function startAs(
  kind: RuntimeKind,
  options: RuntimeOptions,
): Promise<Runtime> {
  const start = () => Runtime.start(options);
  return kind === "threads" ? await start() : await withoutWorkers(start);
}

/** Starts something as in an engine without workers. */
export async function withoutWorkers<R>(start: () => Promise<R>): Promise<R> {
  const { Worker } = globalThis;
  Reflect.deleteProperty(globalThis, "Worker");
  try {
    return await start();
  } finally {
    globalThis.Worker = Worker;
  }
}
