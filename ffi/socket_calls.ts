/**
 * Sockets of this process that listen, whichever of its threads has them.
 *
 * The numbers are those of Linux, the same on all machines that Deno runs on.
 *
 * @module
 */

import { errnoOf, type Libc } from "./libc.ts";
import { namesInFolder } from "./read_folder.ts";

const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Where `struct tcp_info` has, of a socket that listens, how many connections wait. */
const UNACKED = 6;
const TCP_INFO_BYTES = 104;
/** Longer than any address of the internet. */
const ADDRESS_BYTES = 32;
const SHUT_RDWR = 2;

/** What can be asked of the sockets of this process. */
export interface SocketCalls {
  /** The descriptors of those that listen on a TCP port, on whatever address. */
  listeningOn(port: number): number[];
  /** How many connections wait to be accepted; `undefined` if it does not listen. */
  waitingAt(descriptor: number): number | undefined;
  /**
   * Lets a socket listen no more, though it stays open: others on the same port get what
   * comes from now on. What was accepted goes on, what waits is reset.
   *
   * @returns 0, or the kernel's error number.
   */
  stopListening(descriptor: number): number;
}

/** The calls, where the C library has them. */
export function socketCalls(libc: Libc): SocketCalls | undefined {
  const { getSocketName, getSocketOption, shutDownSocket } = libc;
  if (
    getSocketName === null || getSocketOption === null ||
    shutDownSocket === null
  ) return undefined;
  const isListening = (descriptor: number) => {
    const value = new Int32Array(1);
    const length = new Uint32Array([value.byteLength]);
    return getSocketOption(
          descriptor,
          SOL_SOCKET,
          SO_ACCEPTCONN,
          value,
          length,
        ) === 0 && value[0] === 1;
  };
  const portOf = (descriptor: number) => {
    const address = new Uint8Array(ADDRESS_BYTES);
    const length = new Uint32Array([ADDRESS_BYTES]);
    if (getSocketName(descriptor, address, length) !== 0) return undefined;
    const view = new DataView(address.buffer);
    const family = new Uint16Array(address.buffer)[0];
    return family === AF_INET || family === AF_INET6
      ? view.getUint16(2)
      : undefined;
  };
  return Object.freeze({
    listeningOn: (port: number) =>
      namesInFolder(libc, "/proc/self/fd").map(Number).filter((descriptor) =>
        isListening(descriptor) && portOf(descriptor) === port
      ),
    waitingAt: (descriptor: number) => {
      if (!isListening(descriptor)) return undefined;
      const info = new Uint32Array(TCP_INFO_BYTES / 4);
      const length = new Uint32Array([TCP_INFO_BYTES]);
      return getSocketOption(
          descriptor,
          IPPROTO_TCP,
          TCP_INFO,
          info,
          length,
        ) ===
          0
        ? info[UNACKED]
        : undefined;
    },
    stopListening: (descriptor: number) =>
      shutDownSocket(descriptor, SHUT_RDWR) === 0 ? 0 : errnoOf(libc),
  });
}
