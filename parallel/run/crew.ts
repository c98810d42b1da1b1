/**
 * Whose workers help with a plan.
 *
 * @module
 */

import { perRealm } from "../../sync/thread/realm.ts";
import { currentRuntime } from "../../workers/runtime/inside.ts";
import { Runtime } from "../../workers/runtime/runtime.ts";
import type { RuntimeFace } from "../../workers/runtime/runtime_face.ts";

/** A runtime is started for what takes longer, in ms. */
const WORTH_STARTING = 20;

/** Workers that may be there already. */
export interface Crew {
  /** How many are asked: this thread works as well. */
  readonly size: number;
  /** On how many NUMA nodes they are, as far as that is known. */
  readonly nodes: number;
  /** Calls back with the runtime: at once, or when it has started. */
  whenThere(callback: (runtime: RuntimeFace) => void): void;
}

interface Default {
  runtime: Runtime | undefined;
  start: Promise<Runtime> | undefined;
}

const NOBODY: Crew = { size: 0, nodes: 1, whenThere: () => {} };

/**
 * Who helps: the workers of a runtime, of the one that this thread is in, or of the
 * one of the whole program.
 *
 * @param left How long it will take one thread, in ms.
 */
export function crewFor(runtime: RuntimeFace | undefined, left: number): Crew {
  const given = runtime ?? currentRuntime();
  if (given !== undefined) return there(given);
  const program = perRealm<Default>("parallel", () => ({
    runtime: undefined,
    start: undefined,
  }));
  if (program.runtime !== undefined) return there(program.runtime);
  if (left < WORTH_STARTING) return NOBODY;
  program.start ??= Runtime.start().then((runtime) =>
    program.runtime = runtime
  );
  const { start } = program;
  return {
    size: Math.min(besides(), navigator.hardwareConcurrency),
    nodes: 1,
    // Without it, this thread does all.
    whenThere: (callback) => void start.then(callback, () => {}),
  };
}

function there(runtime: RuntimeFace): Crew {
  return {
    size: Math.min(runtime.size, besides()),
    nodes: runtime.affinities[0]?.nodes ?? 1,
    whenThere: (callback) => callback(runtime),
  };
}

/** How many threads there is a processor for, besides this one. */
function besides(): number {
  const processors = navigator.hardwareConcurrency;
  // A pinned thread sees its own only.
  return processors === 1 ? Infinity : processors - 1;
}
