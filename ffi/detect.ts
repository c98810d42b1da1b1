/**
 * Which platform the calling thread is on.
 *
 * @module
 */

import { fallbackPlatform } from "./fallback.ts";
import { openLibc } from "./libc.ts";
import { LinuxPlatform } from "./linux.ts";
import { NumaLibrary, openNuma } from "./numa.ts";
import { denoNamespace } from "./open.ts";
import type { Platform } from "./platform.ts";
import { FileReader } from "./read_file.ts";

/** Options of {@linkcode platform}. */
export interface PlatformOptions {
  /** Whether to look again, as after a permission was granted. */
  readonly refresh?: boolean;
}

/** Each thread has its own instance of this module, so this is one per thread. */
let known: Platform | undefined;

/**
 * The platform of the calling thread. Libraries are opened on the first call
 * and kept open; no permission is ever asked for.
 */
export function platform(options: PlatformOptions = {}): Platform {
  if (known === undefined || options.refresh === true) known = detect();
  return known;
}

function detect(): Platform {
  const system = denoNamespace()?.build.os;
  if (system === undefined) {
    return unpinned({
      why: "this JavaScript runtime has no foreign functions",
    });
  }
  if (system !== "linux" && system !== "android") {
    return unpinned({
      why: `only Linux is supported: this is ${system}`,
    });
  }
  const opened = openLibc();
  if (opened.symbols === undefined) return unpinned(opened);
  const files = new FileReader(opened.symbols);
  const numa = openNuma((path) => files.read(path));
  const found = numa instanceof NumaLibrary;
  return new LinuxPlatform({
    libc: opened.symbols,
    source: opened.path,
    numa: found ? numa : undefined,
    missing: found ? [] : [numa],
  });
}

function unpinned(reason: { why: string; grant?: string }): Platform {
  const { why, grant } = reason;
  const flag = grant === undefined ? {} : { grant };
  return fallbackPlatform([
    { what: "pinning", why, ...flag },
    { what: "memory placement", why, ...flag },
    { what: "libnuma", why, ...flag },
  ]);
}
