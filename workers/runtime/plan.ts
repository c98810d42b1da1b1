/**
 * The plan of a runtime: how many workers, and where. Everything that can be
 * wrong with the options is found here, before anything is started.
 *
 * @module
 */

import { platform } from "../../ffi/detect.ts";
import type { MissingPart } from "../../ffi/platform.ts";
import { topology } from "../../topology/detect.ts";
import {
  coresWithinQuota,
  inOrderOfUse,
  withinQuota,
} from "../../topology/order_of_use.ts";
import { ProcessorSet } from "../../topology/processor_set.ts";
import type { RuntimeMode } from "./report.ts";
import type { RuntimeOptions } from "./runtime_options.ts";
import { HOST_MODULE, whyNoThreads } from "../life/surroundings.ts";

/** What a worker needs for itself: about twice what an idle one holds. */
const SMALLEST_HEAP = 16 * 1024 * 1024;

/** What a runtime is going to be. */
export interface Plan {
  /** How its instances run. */
  readonly mode: RuntimeMode;
  /** How many workers there are. */
  readonly size: number;
  /** Where each of them is pinned; undefined: nowhere. */
  readonly processors: readonly (number | undefined)[];
  /** Where workers could be added: first those, then others; empty if inline. */
  readonly candidates: readonly (number | undefined)[];
  /** How many processors its threads share. */
  readonly parallelism: number;
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** The module that each worker runs. */
  readonly hostModule: URL;
  /** What the heap of a worker may hold, in bytes. */
  readonly maxHeap: number;
  /** What is missing, why, and which flag would give it. */
  readonly missing: readonly MissingPart[];
}

/** Makes the plan for the options of a runtime. */
export function plan(options: RuntimeOptions): Plan {
  const { pin = true } = options;
  if (typeof pin !== "boolean" && pin !== "required") {
    throw new TypeError(
      `Cannot start runtime as 'pin' must be true, false or "required": received ${pin}`,
    );
  }
  for (const flag of ["marks", "telemetry"] as const) {
    const value = options[flag];
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(
      `Cannot start runtime as '${flag}' must be true or false: received ${
        String(value)
      }`,
    );
  }
  const { maxQueued = Infinity } = options;
  if (
    maxQueued !== Infinity && !(Number.isInteger(maxQueued) && maxQueued > 0)
  ) {
    throw new RangeError(
      `Cannot start runtime as 'maxQueued' must be a positive integer: received ${
        String(maxQueued)
      }`,
    );
  }
  const { maxHeap = Infinity } = options;
  if (
    maxHeap !== Infinity &&
    !(Number.isSafeInteger(maxHeap) && maxHeap >= SMALLEST_HEAP)
  ) {
    throw new RangeError(
      `Cannot start runtime as 'maxHeap' must be an integer of at least ${SMALLEST_HEAP}, in bytes: received ${
        String(maxHeap)
      }`,
    );
  }
  const chosen = chosenProcessors(options);
  const hostModule = checkedHostModule(options.hostModule);
  const noThreads = whyNoThreads(hostModule);
  const os = platform();
  const canPin = os.affinity() !== undefined;
  const missing: MissingPart[] = [...os.missing];
  if (noThreads !== undefined) missing.unshift(noThreads);
  if (pin === "required" && (noThreads !== undefined || !canPin)) {
    const { why, grant } = noThreads ??
      os.missing.find(({ what }) => what === "pinning") ??
      { why: "the system does not support it" };
    throw new Error(
      `Cannot start runtime as 'pin' is required: ${why}${
        grant === undefined ? "" : `, ${grant} would give it`
      }`,
    );
  }
  if (noThreads !== undefined) {
    const size = options.workers ?? 1;
    const processors = new Array<undefined>(size).fill(undefined);
    return {
      mode: "inline",
      size,
      processors,
      candidates: [],
      parallelism: 1,
      maxQueued,
      hostModule,
      maxHeap,
      missing,
    };
  }
  const others = options.processors === undefined
    ? inOrderOfUse(topology().allowed)
    : [
      ...options.processors instanceof ProcessorSet
        ? options.processors.ids
        : options.processors,
    ];
  const pinned = (processors: readonly number[]) =>
    pin !== false && canPin ? processors : processors.map(() => undefined);
  return {
    mode: "threads",
    size: chosen.length,
    processors: pinned(chosen),
    candidates: pinned(others),
    parallelism: withinQuota(topology().allowed.size, topology()),
    maxQueued,
    hostModule,
    maxHeap,
    missing,
  };
}

function checkedHostModule(module: URL | string = HOST_MODULE): URL {
  if (
    typeof module === "string" ? URL.canParse(module) : module instanceof URL
  ) {
    return new URL(module);
  }
  throw new TypeError(
    `Cannot start runtime as 'hostModule' must be an absolute URL: received ${
      typeof module === "string" ? `"${module}"` : typeof module
    }`,
  );
}

/** The processors to use, one for each worker. */
function chosenProcessors(options: RuntimeOptions): number[] {
  const { workers } = options;
  const { allowed } = topology();
  const candidates = options.processors === undefined
    ? inOrderOfUse(allowed)
    : checkProcessors(options.processors, allowed);
  if (workers === undefined) {
    return options.processors === undefined
      ? candidates.slice(0, coresWithinQuota(topology()))
      : candidates;
  }
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(
      `Cannot start runtime as 'workers' must be a positive integer: received ${workers}`,
    );
  }
  if (workers > candidates.length) {
    throw new RangeError(
      `Cannot start runtime as 'workers' must be at most ${candidates.length}, the number of processors ${
        options.processors === undefined ? "that it may use" : "given"
      }: received ${workers}`,
    );
  }
  return candidates.slice(0, workers);
}

function checkProcessors(
  processors: ProcessorSet | Iterable<number>,
  allowed: ProcessorSet,
): number[] {
  const ids = processors instanceof ProcessorSet
    ? processors.ids
    : [...processors];
  if (ids.length === 0) {
    throw new RangeError(
      "Cannot start runtime as 'processors' must name at least one: received none",
    );
  }
  for (const [k, id] of ids.entries()) {
    if (!allowed.has(id)) {
      throw new RangeError(
        `Cannot start runtime on processor ${id} as this program may not use it: expected one of ${allowed}`,
      );
    }
    if (ids.indexOf(id) !== k) {
      throw new RangeError(
        `Cannot start runtime as 'processors' names ${id} twice`,
      );
    }
  }
  return ids;
}
