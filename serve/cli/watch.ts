/**
 * Watching the files of an application.
 *
 * @module
 */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Editors write in several steps: so long nothing has to change, in ms. */
const QUIET = 100;

/**
 * Calls back after files in the folder of a module, or below it, have changed, until what
 * this returns is disposed.
 *
 * @throws {TypeError} If the module is no file.
 */
export function watchBeside(module: URL, changed: () => void): Disposable {
  if (module.protocol !== "file:") {
    throw new TypeError(
      `Cannot watch as the module must be a file: received ${module}`,
    );
  }
  const watcher = Deno.watchFs(dirname(fileURLToPath(module)));
  let timer: ReturnType<typeof setTimeout> | undefined;
  follow(watcher, () => {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET);
  });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

async function follow(
  watcher: Deno.FsWatcher,
  changed: () => void,
): Promise<void> {
  for await (const { kind } of watcher) {
    if (kind !== "access") changed();
  }
}
