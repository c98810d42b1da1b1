/**
 * Error numbers of the Linux kernel, in words.
 *
 * @module
 */

/** No permission for it. */
export const EPERM = 1;
/** No such file. */
export const ENOENT = 2;
/** No such thread. */
export const ESRCH = 3;
/** A signal came in between: try again. */
export const EINTR = 4;
/** No memory for it. */
export const ENOMEM = 12;
/** No access to it. */
export const EACCES = 13;
/** No memory there. */
export const EFAULT = 14;
/** In use at the moment. */
export const EBUSY = 16;
/** No such device, or NUMA node. */
export const ENODEV = 19;
/** Not a value that the kernel takes. */
export const EINVAL = 22;
/** The system has no such call. */
export const ENOSYS = 38;

const WORDS: ReadonlyMap<number, string> = new Map([
  [EPERM, "EPERM, the system refuses it"],
  [ENOENT, "ENOENT, there is no such file"],
  [ESRCH, "ESRCH, there is no such thread"],
  [EINTR, "EINTR, a signal interrupted it"],
  [ENOMEM, "ENOMEM, there is no memory for it"],
  [EACCES, "EACCES, it is not allowed to this process"],
  [EFAULT, "EFAULT, there is no memory at that address"],
  [EBUSY, "EBUSY, it is in use"],
  [ENODEV, "ENODEV, there is no such node"],
  [EINVAL, "EINVAL, none of the values is allowed"],
  [ENOSYS, "ENOSYS, this system has no such call"],
]);

/** An error number in words, as in `"ESRCH, there is no such thread"`. */
export function describeErrno(errno: number): string {
  return WORDS.get(errno) ?? `error ${errno}`;
}
