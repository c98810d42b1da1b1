/**
 * Trying an address before anything is started for it.
 *
 * @module
 */

import type { ListenOptions } from "./serve_options.ts";

/**
 * Listens for a moment.
 *
 * @throws {Deno.errors.NotCapable} If the program may not listen there.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 * @throws {Deno.errors.PermissionDenied} If the system does not allow it.
 * @throws {Deno.errors.InvalidData} If the certificate or the key are none.
 * @throws {TypeError} If the name of the host is none.
 */
export async function tryAddress(
  options: ListenOptions<unknown>,
): Promise<void> {
  const { path, port = 8000, hostname, cert, key } = options;
  if (path !== undefined) {
    refuseWithout({ name: "read", path }, path);
    refuseWithout({ name: "write", path }, path);
    return await freePath(path);
  }
  const address = addressIn(hostname ?? "0.0.0.0", port);
  refuseWithout({ name: "net", host: address }, address);
  const host = hostname === undefined ? {} : { hostname };
  try {
    const listener = cert === undefined || key === undefined
      ? Deno.listen({ ...host, port })
      : Deno.listenTls({ ...host, port, cert, key });
    listener.close();
  } catch (error) {
    throw said(error, address, cert !== undefined);
  }
}

function addressIn(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/**
 * Deno would ask for what is not granted, if there is somebody to ask, and workers would
 * not have it then.
 */
function refuseWithout(needed: Deno.PermissionDescriptor, what: string): void {
  if (Deno.permissions.querySync(needed).state === "granted") return;
  const { name } = needed;
  throw new Deno.errors.NotCapable(
    `Cannot serve without permission: grant --allow-${name}=${what}`,
  );
}

/**
 * Removes a socket on which nobody listens any more.
 *
 * @throws {Deno.errors.AddrInUse} If somebody does, or it is no socket.
 */
export async function freePath(path: string): Promise<void> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!found.isSocket) {
    throw new Deno.errors.AddrInUse(
      `Cannot serve as there is a file that is no socket: received path '${path}'`,
    );
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    await Deno.remove(path);
    return;
  }
  throw new Deno.errors.AddrInUse(
    `Cannot serve as somebody listens there already: received path '${path}'`,
  );
}

/** The same error, in words that say what to do. */
function said(error: unknown, address: string, isTls: boolean): unknown {
  const { AddrInUse, AddrNotAvailable, InvalidData, PermissionDenied } =
    Deno.errors;
  const options = { cause: error };
  if (error instanceof AddrInUse) {
    return new AddrInUse(
      `Cannot serve as the port is in use: received ${address}`,
      options,
    );
  }
  if (error instanceof AddrNotAvailable) {
    return new AddrNotAvailable(
      `Cannot serve as this machine does not have the address: received ${address}`,
      options,
    );
  }
  if (error instanceof PermissionDenied) {
    return new PermissionDenied(
      `Cannot serve as the system lets this user not listen on that port, most likely as it is below 1024: received ${address}`,
      options,
    );
  }
  if (error instanceof URIError) {
    return new TypeError(
      `Cannot serve as 'hostname' must be a name or an address of this machine: received ${address}`,
      options,
    );
  }
  if (isTls && error instanceof InvalidData) {
    return new InvalidData(
      `Cannot serve as 'cert' and 'key' must be a certificate and its private key in PEM format: ${error.message}`,
      options,
    );
  }
  return error;
}
