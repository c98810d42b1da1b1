/**
 * What this program may do: whether its runtime can have threads.
 *
 * @module
 */

import type { MissingPart } from "../../ffi/platform.ts";
import { node } from "../engine/node.ts";
import { tellsEnds, whyNoWorkers } from "../engine/worker_thread.ts";
import { hasLocks } from "./life.ts";

interface Permissions {
  querySync(
    descriptor: { name: string; path?: string | URL; host?: string },
  ): { state: string };
}

/** The module of the package that each worker runs, in the form in which this one is. */
export const HOST_MODULE: URL = new URL(
  import.meta.url.endsWith(".ts") ? "../host.ts" : "../host.js",
  import.meta.url,
);

/** Why there can be no threads here; undefined if there can. */
export function whyNoThreads(hostModule: URL): MissingPart | undefined {
  const what = "worker threads";
  const noWorkers = whyNoWorkers();
  if (noWorkers !== undefined) return { what, ...noWorkers };
  if (typeof SharedArrayBuffer === "undefined") {
    return { what, why: "this engine has no SharedArrayBuffer here" };
  }
  if (typeof Atomics.waitAsync !== "function") {
    return { what, why: "this engine has no Atomics.waitAsync" };
  }
  if (!hasLocks && !tellsEnds) {
    return { what, why: "this engine has no Web Locks" };
  }
  const missing = whyNotImportable(
    // That of the package imports from all over it: the whole of it counts.
    hostModule.href === HOST_MODULE.href
      ? new URL("../", HOST_MODULE).href
      : hostModule.href,
  );
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
  if (protocol === "file:" && node !== undefined) {
    const path = decodeURIComponent(pathname);
    if (node.process.permission?.has("fs.read", path) !== false) {
      return undefined;
    }
    return {
      why: "a worker may not read the module that it runs",
      grant: quoted(`--allow-fs-read=${folderOf(pathname)}`),
    };
  }
  const permissions = (globalThis as { Deno?: { permissions?: Permissions } })
    .Deno?.permissions;
  if (permissions === undefined) return undefined;
  if (protocol === "file:") {
    const path = new URL(url);
    const { state } = permissions.querySync({ name: "read", path });
    if (state === "granted") return undefined;
    return {
      why: "a worker may not read the module that it runs",
      grant: quoted(`--allow-read=${folderOf(pathname)}`),
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

/** The folder of a file that a URL names. */
function folderOf(pathname: string): string {
  const end = Math.max(1, pathname.lastIndexOf("/"));
  return decodeURIComponent(pathname.slice(0, end));
}

/** As a shell takes it. */
function quoted(flag: string): string {
  return /^[\w@%+=:,./-]+$/.test(flag)
    ? flag
    : `'${flag.replaceAll("'", "'\\''")}'`;
}
