/**
 * Opening shared libraries without ever asking for a permission.
 *
 * With the whole `--allow-ffi` a library opens by its bare name, as the
 * system's loader finds it. With a scoped `--allow-ffi=/path` only absolute
 * paths open, compared as text, so the known places are walked and the first
 * one that was granted is taken.
 *
 * @module
 */

/** A library that opened. */
export interface OpenedLibrary<Symbols extends Deno.ForeignLibraryInterface> {
  /** Its functions. */
  readonly symbols: Deno.StaticForeignLibraryInterface<Symbols>;
  /** The name or path that opened. */
  readonly path: string;
}

/** A library that did not open. */
export interface ClosedLibrary {
  /** Absent, which tells it from an {@linkcode OpenedLibrary}. */
  readonly symbols?: undefined;
  /** Why not. */
  readonly why: string;
  /** The flag that would open it, where one would. */
  readonly grant?: string;
}

/** This runtime's `Deno`, or `undefined` in another engine. */
export function denoNamespace(): typeof Deno | undefined {
  return (globalThis as { Deno?: typeof Deno }).Deno;
}

/**
 * Opens the first of some libraries that exists and may be opened.
 *
 * @param names Bare names in order of preference, as in `["libc.so.6"]`.
 * @param symbols The functions to take from it; mark those that some builds lack as `optional`.
 */
export function openLibrary<
  const Symbols extends Deno.ForeignLibraryInterface,
>(
  names: readonly string[],
  symbols: Symbols,
): OpenedLibrary<Symbols> | ClosedLibrary {
  const deno = denoNamespace();
  if (deno?.dlopen === undefined) {
    return { why: "this JavaScript runtime has no foreign functions" };
  }
  const status = deno.permissions.querySync({ name: "ffi" });
  const whole = status.state === "granted" && status.partial !== true;
  const granted = absolutePaths(names, deno.build.arch).filter((path) =>
    whole ||
    deno.permissions.querySync({ name: "ffi", path }).state === "granted"
  );
  const candidates = whole ? [...names, ...granted] : granted;
  if (candidates.length === 0) {
    return status.state === "denied"
      ? { why: "foreign functions are denied", grant: "--allow-ffi" }
      : { why: `no permission to open ${names[0]}`, grant: "--allow-ffi" };
  }
  for (const path of candidates) {
    const opened = tryOpen(deno, path, symbols);
    if (opened !== undefined) return opened;
  }
  return {
    why: `${names[0]} is not installed, or not where it may be opened`,
  };
}

function tryOpen<Symbols extends Deno.ForeignLibraryInterface>(
  deno: typeof Deno,
  path: string,
  symbols: Symbols,
): OpenedLibrary<Symbols> | undefined {
  try {
    return { symbols: deno.dlopen(path, symbols).symbols, path };
  } catch {
    // Not there, for another architecture, or without a function that is
    // needed: the next candidate may do.
    return undefined;
  }
}

/** Where Linux distributions keep libraries. */
function absolutePaths(names: readonly string[], arch: string): string[] {
  const folders = [
    `/lib/${arch}-linux-gnu`,
    `/usr/lib/${arch}-linux-gnu`,
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
  ];
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}
