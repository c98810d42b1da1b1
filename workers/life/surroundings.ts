/**
 * What this program may do: whether its runtime can have threads.
 *
 * @module
 */

import type { MissingPart } from "../../ffi/platform.ts";
import { hasLocks } from "./life.ts";

interface Permissions {
  querySync(
    descriptor: { name: string; path?: string | URL; host?: string },
  ): { state: string };
}

/** Why there can be no threads here; undefined if there can. */
export function whyNoThreads(): MissingPart | undefined {
  const what = "worker threads";
  if (typeof Worker === "undefined") {
    return { what, why: "this engine has no Worker" };
  }
  if (typeof SharedArrayBuffer === "undefined") {
    return { what, why: "this engine has no SharedArrayBuffer here" };
  }
  if (typeof Atomics.waitAsync !== "function") {
    return { what, why: "this engine has no Atomics.waitAsync" };
  }
  if (!hasLocks) {
    return { what, why: "this engine has no Web Locks" };
  }
  // The host module imports from all over the package: the whole of it counts.
  const host = new URL("../host.ts", import.meta.url);
  const missing = whyNotImportable(new URL("../", host).href);
  return missing && { what, ...missing };
}

/**
 * Why a worker cannot import a module; undefined if it can. Asked before it is
 * tried: Deno prints the error even where it is caught.
 */
export function whyNotImportable(
  url: string,
): { why: string; grant?: string } | undefined {
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol === "data:" || protocol === "blob:") {
    return {
      why:
        `${protocol} modules have no address that workers share: put the definition into a file`,
    };
  }
  const permissions = (globalThis as { Deno?: { permissions?: Permissions } })
    .Deno?.permissions;
  if (permissions === undefined) return undefined;
  if (protocol === "file:") {
    const path = new URL(url);
    const { state } = permissions.querySync({ name: "read", path });
    if (state === "granted") return undefined;
    const end = Math.max(1, pathname.lastIndexOf("/"));
    const folder = decodeURIComponent(pathname.slice(0, end));
    return {
      why: "a worker may not read the module that it runs",
      grant: quoted(`--allow-read=${folder}`),
    };
  }
  if (protocol === "http:" || protocol === "https:") {
    const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    const { state } = permissions.querySync({ name: "import", host });
    if (state === "granted") return undefined;
    return {
      why: `a worker may not import from ${host}`,
      grant: `--allow-import=${host}`,
    };
  }
  return undefined;
}

/** As a shell takes it. */
function quoted(flag: string): string {
  return /^[\w@%+=:,./-]+$/.test(flag)
    ? flag
    : `'${flag.replaceAll("'", "'\\''")}'`;
}
