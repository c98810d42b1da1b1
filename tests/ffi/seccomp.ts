/**
 * A seccomp filter as container runtimes install it: it refuses the calls that
 * place memory with EPERM. It holds for all threads of the process and cannot be
 * taken off, so it is for a process of its own.
 *
 * @module
 */

const NUMBERS = {
  // mbind, set_mempolicy, get_mempolicy, migrate_pages, move_pages
  x86_64: [237, 238, 239, 256, 279],
  aarch64: [235, 237, 236, 238, 239],
} as const;
/** `set_mempolicy_home_node`, the same everywhere. */
const HOME_NODE = 450;
const SECCOMP = { x86_64: 317, aarch64: 277 } as const;

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
const EPERM = 1;

const LOAD_NUMBER = 0x20; // BPF_LD | BPF_W | BPF_ABS, of seccomp_data.nr
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;

/** Refuses mbind, move_pages and the like, from now on and for all threads. */
export function refuseMemoryPlacement(): void {
  const { arch } = Deno.build;
  const numbers = [...NUMBERS[arch], HOME_NODE];
  const { symbols } = Deno.dlopen("libc.so.6", {
    prctl: {
      parameters: ["i32", "usize", "usize", "usize", "usize"],
      result: "i32",
    },
    seccomp: {
      name: "syscall",
      parameters: ["i64", "u32", "u32", "buffer"],
      result: "i64",
    },
  });
  // struct sock_filter: u16 code, u8 if true, u8 if false, u32 value
  const filter = new DataView(new ArrayBuffer(8 * (numbers.length + 3)));
  let at = 0;
  const add = (code: number, value: number, ifTrue = 0): void => {
    filter.setUint16(at, code, true);
    filter.setUint8(at + 2, ifTrue);
    filter.setUint32(at + 4, value, true);
    at += 8;
  };
  add(LOAD_NUMBER, 0);
  numbers.forEach((number, index) =>
    add(JUMP_IF_EQUAL, number, numbers.length - index)
  );
  add(RETURN, ALLOW);
  add(RETURN, ERRNO | EPERM);
  // struct sock_fprog: u16 length, and at byte 8 the address of the filter
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, numbers.length + 3, true);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(filter));
  program.setBigUint64(8, BigInt(address), true);
  if (symbols.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0) {
    throw new Error("Cannot install filter as prctl() fails");
  }
  const result = symbols.seccomp(
    BigInt(SECCOMP[arch]),
    SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_TSYNC,
    program,
  );
  if (result !== 0n) throw new Error("Cannot install filter: seccomp() fails");
}
