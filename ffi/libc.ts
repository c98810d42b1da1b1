/**
 * The functions of the C library that Kindred calls.
 *
 * Addresses travel as numbers and data as buffers, never as Deno's pointer
 * objects, because those need the whole `--allow-ffi`.
 *
 * @module
 */

import { type ClosedLibrary, type OpenedLibrary, openLibrary } from "./open.ts";

/** glibc first, then musl's names for itself. */
const LIBC_NAMES = [
  "libc.so.6",
  "libc.musl-x86_64.so.1",
  "libc.musl-aarch64.so.1",
] as const;

const LIBC_SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  openFolder: {
    name: "opendir",
    parameters: ["buffer"],
    result: "usize",
    optional: true,
  },
  readFolder: {
    name: "readdir",
    parameters: ["usize"],
    result: "usize",
    optional: true,
  },
  closeFolder: {
    name: "closedir",
    parameters: ["usize"],
    result: "i32",
    optional: true,
  },
  memcpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
  sysconf: { parameters: ["i32"], result: "i64" },
  errnoLocation: { name: "__errno_location", parameters: [], result: "usize" },
  getCpu: {
    name: "sched_getcpu",
    parameters: [],
    result: "i32",
    optional: true,
  },
  getTid: { name: "gettid", parameters: [], result: "i32", optional: true },
  pthreadSelf: {
    name: "pthread_self",
    parameters: [],
    result: "usize",
    optional: true,
  },
  pthreadGetAffinity: {
    name: "pthread_getaffinity_np",
    parameters: ["usize", "usize", "buffer"],
    result: "i32",
    optional: true,
  },
  pthreadSetAffinity: {
    name: "pthread_setaffinity_np",
    parameters: ["usize", "usize", "buffer"],
    result: "i32",
    optional: true,
  },
  schedGetAffinity: {
    name: "sched_getaffinity",
    parameters: ["i32", "usize", "buffer"],
    result: "i32",
    optional: true,
  },
  schedSetAffinity: {
    name: "sched_setaffinity",
    parameters: ["i32", "usize", "buffer"],
    result: "i32",
    optional: true,
  },
  getScheduler: {
    name: "sched_getscheduler",
    parameters: ["i32"],
    result: "i32",
    optional: true,
  },
  setScheduler: {
    name: "sched_setscheduler",
    parameters: ["i32", "i32", "buffer"],
    result: "i32",
    optional: true,
  },
  adviseMemory: {
    name: "madvise",
    parameters: ["buffer", "usize", "i32"],
    result: "i32",
    optional: true,
  },
  residenceOf: {
    name: "mincore",
    parameters: ["usize", "usize", "buffer"],
    result: "i32",
    optional: true,
  },
  getSocketName: {
    name: "getsockname",
    parameters: ["i32", "buffer", "buffer"],
    result: "i32",
    optional: true,
  },
  getSocketOption: {
    name: "getsockopt",
    parameters: ["i32", "i32", "i32", "buffer", "buffer"],
    result: "i32",
    optional: true,
  },
  shutDownSocket: {
    name: "shutdown",
    parameters: ["i32", "i32"],
    result: "i32",
    optional: true,
  },
  // `syscall()` takes what each call takes, behind the number of the call.
  bindMemory: {
    name: "syscall",
    parameters: ["i64", "buffer", "usize", "i32", "buffer", "usize", "u32"],
    result: "i64",
    optional: true,
  },
  getMemoryPolicy: {
    name: "syscall",
    parameters: ["i64", "buffer", "buffer", "usize", "usize", "usize"],
    result: "i64",
    optional: true,
  },
  movePages: {
    name: "syscall",
    parameters: ["i64", "i32", "usize", "buffer", "buffer", "buffer", "i32"],
    result: "i64",
    optional: true,
  },
} as const;

/** The C library's functions. */
export type Libc = Deno.StaticForeignLibraryInterface<typeof LIBC_SYMBOLS>;

/** Opens the C library. */
export function openLibc():
  | OpenedLibrary<typeof LIBC_SYMBOLS>
  | ClosedLibrary {
  return openLibrary(LIBC_NAMES, LIBC_SYMBOLS);
}

/** What the last call of this thread left in `errno`. */
export function errnoOf(libc: Libc): number {
  const word = new Int32Array(1);
  libc.memcpy(word, libc.errnoLocation(), 4n);
  return word[0]!;
}
