/**
 * What this process has at a moment, which must not grow for ever.
 *
 * @module
 */

/** Counts, and memory in bytes; what the system does not tell is 0. */
export interface ProcessState {
  /** Resident memory. */
  readonly memory: number;
  /** What the objects of this thread take. */
  readonly heap: number;
  /** Threads of any kind. */
  readonly threads: number;
  /** Threads of workers among them. */
  readonly workers: number;
  /** Open file descriptors. */
  readonly files: number;
  /** Web Locks that are held or waited for. */
  readonly locks: number;
  /** What the engine keeps open for this thread: ports, timers, workers … */
  readonly resources: number;
}

interface Locks {
  query(): Promise<{ held?: unknown[]; pending?: unknown[] }>;
}

/** Looks, after it has let the engine collect what it can (with `--expose-gc`). */
export async function processState(): Promise<ProcessState> {
  // What is collected first may let go of more.
  for (let k = 0; k < 3; k++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed } = Deno.memoryUsage();
  const names = threadNames();
  const { held = [], pending = [] } =
    await (navigator as unknown as { locks: Locks }).locks.query();
  return {
    memory: rss,
    heap: heapUsed,
    threads: names.length,
    workers: workersAmong(names),
    files: countOf("/proc/self/fd"),
    locks: held.length + pending.length,
    resources: resources(),
  };
}

/** How many threads of workers there are. */
export function workerThreads(): number {
  return workersAmong(threadNames());
}

function workersAmong(names: readonly string[]): number {
  return names.filter((name) => name.startsWith("worker")).length;
}

function threadNames(): string[] {
  const names: string[] = [];
  if (Deno.build.os !== "linux") return names;
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    try {
      names.push(Deno.readTextFileSync(`/proc/self/task/${name}/comm`));
    } catch {
      // It ended meanwhile.
    }
  }
  return names;
}

function countOf(folder: string): number {
  if (Deno.build.os !== "linux") return 0;
  return [...Deno.readDirSync(folder)].length;
}

function resources(): number {
  const { internal } = Deno as unknown as { internal?: symbol };
  if (internal === undefined) return 0;
  const inside = (Deno as unknown as Record<symbol, {
    core?: { resources?(): object };
  }>)[internal];
  return Object.keys(inside?.core?.resources?.() ?? {}).length;
}
