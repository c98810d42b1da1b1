/**
 * Linux, through the C library and libnuma.
 *
 * No call here is `nonblocking`: such a call runs on a thread of Deno's pool,
 * and would pin that one, for good.
 *
 * @module
 */

import { idsOf, maskOf } from "./cpu_mask.ts";
import { describeErrno, EINVAL, ENOSYS } from "./errno.ts";
import { errnoOf, type Libc } from "./libc.ts";
import { type MemoryCalls, memoryCalls } from "./memory_calls.ts";
import type { NumaLibrary } from "./numa.ts";
import type { MissingPart, Platform, SchedulingClass } from "./platform.ts";
import { FileReader } from "./read_file.ts";
import { namesInFolder } from "./read_folder.ts";
import { type SocketCalls, socketCalls } from "./socket_calls.ts";

/** The first guess at the kernel's mask size: 1024 processors. */
const FIRST_MASK_BYTES = 128;
/** A kernel with larger masks than this does not exist. */
const LAST_MASK_BYTES = 128 * 1024;

/** `_SC_PAGESIZE`, the same in glibc and musl. */
const SYSCONF_PAGE_SIZE = 30;

const POLICIES = { other: 0, batch: 3, idle: 5 } as const;

/** Fills a mask: 0, or an error number. */
type MaskReader = (bytes: bigint, mask: Uint8Array<ArrayBuffer>) => number;

/** What a {@linkcode LinuxPlatform} is made of. */
export interface LinuxParts {
  /** The C library's functions. */
  readonly libc: Libc;
  /** Under what name the C library opened. */
  readonly source: string;
  /** libnuma, where there is one. */
  readonly numa: NumaLibrary | undefined;
  /** What could not be had. */
  readonly missing: readonly MissingPart[];
}

/** The platform of a Linux machine on which the C library may be called. */
export class LinuxPlatform implements Platform {
  readonly source: string;
  readonly missing: readonly MissingPart[];
  readonly numa: NumaLibrary | undefined;
  readonly memory: MemoryCalls | undefined;
  readonly sockets: SocketCalls | undefined;
  readonly pageSize: number | undefined;
  readonly #libc: Libc;
  readonly #files: FileReader;
  /** This thread's `pthread_t`; each thread has a platform of its own. */
  readonly #self: bigint | undefined;

  /** A platform for the calling thread. */
  constructor(parts: LinuxParts) {
    const { libc } = parts;
    this.#libc = libc;
    this.#files = new FileReader(libc);
    this.#self = libc.pthreadSelf?.();
    this.source = parts.source;
    this.numa = parts.numa;
    const pageSize = Number(libc.sysconf(SYSCONF_PAGE_SIZE));
    this.pageSize = pageSize > 0 ? pageSize : undefined;
    this.memory = memoryCalls(libc, this.pageSize);
    this.sockets = socketCalls(libc);
    this.missing = Object.freeze([
      ...parts.missing,
      ...missingFrom(libc),
      ...missingPlacement(this.memory),
    ]);
  }

  currentProcessor(): number | undefined {
    const processor = this.#libc.getCpu?.() ?? -1;
    return processor < 0 ? undefined : processor;
  }

  threadId(): number | undefined {
    return this.#libc.getTid?.();
  }

  affinity(): number[] | undefined {
    const { pthreadGetAffinity } = this.#libc;
    const self = this.#self;
    if (self === undefined || pthreadGetAffinity === null) {
      return this.affinityOf(0);
    }
    return readMask((bytes, mask) => pthreadGetAffinity(self, bytes, mask));
  }

  setAffinity(processors: readonly number[]): number {
    const { pthreadSetAffinity } = this.#libc;
    if (this.#self === undefined || pthreadSetAffinity === null) {
      return this.setAffinityOf(0, processors);
    }
    const mask = maskOf(processors);
    return pthreadSetAffinity(this.#self, BigInt(mask.length), mask);
  }

  affinityOf(threadId: number): number[] | undefined {
    const { schedGetAffinity } = this.#libc;
    if (schedGetAffinity === null) return undefined;
    return readMask((bytes, mask) =>
      schedGetAffinity(threadId, bytes, mask) < 0 ? errnoOf(this.#libc) : 0
    );
  }

  setAffinityOf(threadId: number, processors: readonly number[]): number {
    const { schedSetAffinity } = this.#libc;
    if (schedSetAffinity === null) return ENOSYS;
    const mask = maskOf(processors);
    return schedSetAffinity(threadId, BigInt(mask.length), mask) < 0
      ? errnoOf(this.#libc)
      : 0;
  }

  schedulingOf(threadId: number): SchedulingClass | undefined {
    const policy = this.#libc.getScheduler?.(threadId);
    if (policy === POLICIES.other) return "other";
    if (policy === POLICIES.batch) return "batch";
    return policy === POLICIES.idle ? "idle" : undefined;
  }

  setSchedulingOf(threadId: number, scheduling: SchedulingClass): number {
    const { setScheduler } = this.#libc;
    if (setScheduler === null) return ENOSYS;
    // struct sched_param: one int, the priority, which must be 0 here.
    const parameters = new Int32Array(1);
    return setScheduler(threadId, POLICIES[scheduling], parameters) < 0
      ? errnoOf(this.#libc)
      : 0;
  }

  readFile(path: string): string | undefined {
    return this.#files.read(path);
  }

  namesIn(folder: string): string[] {
    return namesInFolder(this.#libc, folder);
  }
}

/** Reads a mask of unknown size: the kernel answers EINVAL while it is too small. */
function readMask(read: MaskReader): number[] | undefined {
  for (let size = FIRST_MASK_BYTES; size <= LAST_MASK_BYTES; size *= 2) {
    const mask = new Uint8Array(size);
    const errno = read(BigInt(size), mask);
    if (errno === 0) return idsOf(mask);
    if (errno !== EINVAL) return undefined;
  }
  return undefined;
}

/** What this C library lacks. */
function missingFrom(libc: Libc): MissingPart[] {
  const missing: MissingPart[] = [];
  const why = "the C library has no such function";
  if (libc.pthreadSetAffinity === null && libc.schedSetAffinity === null) {
    missing.push({ what: "pinning", why });
  }
  if (libc.getCpu === null) missing.push({ what: "current processor", why });
  if (libc.getTid === null) missing.push({ what: "thread ids", why });
  if (libc.setScheduler === null) {
    missing.push({ what: "scheduling classes", why });
  }
  return missing;
}

/** Why memory cannot be placed. */
function missingPlacement(memory: MemoryCalls | undefined): MissingPart[] {
  const what = "memory placement";
  if (memory === undefined) {
    return [{ what, why: "its calls are not known for this machine" }];
  }
  const { refusal } = memory;
  if (refusal === 0) return [];
  return [{
    what,
    why: refusal === ENOSYS
      ? "the kernel has no NUMA calls"
      : `get_mempolicy is refused, as in containers (${
        describeErrno(refusal)
      })`,
  }];
}
