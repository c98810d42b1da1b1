import { deepStrictEqual, equal } from "node:assert";
import type { Bytes, Peer } from "./peer.ts";

/** More than most scenarios have in flight. */
const IN_FLIGHT = 128;

/** Every answer must be the one to its own question, also with many of them in flight, and values arrive whole. */
export async function check(
  peer: Peer,
  payloads: Readonly<Record<string, unknown>>,
): Promise<void> {
  const numbers = Array.from({ length: IN_FLIGHT }, (_, i) => i);
  const answers = await Promise.all(numbers.map((x) => peer.increment(x)));
  for (const x of numbers) {
    equal(answers[x], x + 1, `increment(${x}) answered ${answers[x]}`);
  }
  for (const [name, value] of Object.entries(payloads)) {
    const echoed = await peer.echo(value);
    if (!isBytes(value)) {
      deepStrictEqual(echoed, value, `echo() changed the ${name}`);
      continue;
    }
    sameBytes(echoed, value, `echo() of ${name}`);
    if (peer.echoMoved === undefined) continue;
    const sent = value.slice();
    sameBytes(await peer.echoMoved(sent), value, `echoMoved() of ${name}`);
    equal(sent.byteLength, 0, `echoMoved() of ${name} did not move its bytes`);
  }
}

function isBytes(value: unknown): value is Bytes {
  return value instanceof Uint8Array;
}

function sameBytes(actual: unknown, expected: Bytes, what: string): void {
  const isSame = actual instanceof Uint8Array &&
    actual.length === expected.length &&
    actual.every((byte, i) => byte === expected[i]);
  if (!isSame) throw new Error(`${what} changed them`);
}
