/**
 * Sizes in words.
 *
 * @module
 */

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** A size in bytes as in `32 KB` or `1.5 GB`, in powers of 1024: two digits are enough. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.9 KB would be rounded to "1024 KB".
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const rounded = value < 9.95
    ? Math.round(value * 10) / 10
    : Math.round(value);
  return `${rounded} ${UNITS[unit]}`;
}
