/**
 * Numbers and names as people read them.
 *
 * @module
 */

const grouped = new Intl.NumberFormat("en-US");

/** `1,234,567`. */
export function number(value: number): string {
  return grouped.format(value);
}

/** `1 file`, `2 files`. */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** `1.2 MB`, of a million bytes each. */
export function size(bytes: number): string {
  return bytes < 1000
    ? count(bytes, "byte")
    : bytes < 999_500
    ? `${significant(bytes / 1e3)} kB`
    : bytes < 999_500_000
    ? `${significant(bytes / 1e6)} MB`
    : `${significant(bytes / 1e9)} GB`;
}

/** `48 MB/s`. */
export function speed(bytes: number, seconds: number): string {
  return `${significant(seconds > 0 ? bytes / 1e6 / seconds : 0)} MB/s`;
}

/** `0.042 s`. */
export function duration(seconds: number): string {
  return `${seconds < 9.995 ? seconds.toFixed(3) : seconds.toFixed(1)} s`;
}

/** Two digits or more: `0.25`, `1.7`, `21`. */
export function significant(value: number): string {
  return value === 0
    ? "0"
    : value < 0.995
    ? value.toFixed(2)
    : value < 9.95
    ? value.toFixed(1)
    : number(Math.round(value));
}

/**
 * A text that does nothing to a terminal but show itself.
 *
 * @param width Cut off after so many columns.
 */
export function printable(text: string, width: number = Infinity): string {
  let shown = "";
  let columns = 0;
  for (const character of text) {
    const safe = /[\p{C}\p{Zl}\p{Zp}]/u.test(character)
      ? `\\u{${character.codePointAt(0)!.toString(16)}}`
      : character;
    // From Hangul on, characters may be two columns wide.
    columns += safe === character && character >= "\u1100" ? 2 : safe.length;
    if (columns > width) return `${shown}…`;
    shown += safe;
  }
  return shown;
}

/** A bar of blocks, in eighths of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return "█".repeat(eighths >> 3) + (" ▏▎▍▌▋▊▉"[eighths & 7] ?? "").trim();
}
