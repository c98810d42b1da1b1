/**
 * What programs of a broadcast and of a watch have in common.
 *
 * @module
 */

import type { Codec } from "../../sync/channel/codec.ts";
import { ENDS_SIZE } from "../../sync/channel/ends.ts";
import type { RecordKind } from "../../sync/record/record_type.ts";
import type { CurrentThread } from "../../sync/thread/thread.ts";
import type { Call, Role, Scene } from "./ends_program.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";

/** The channels, with mistakes or without. */
export type Module = typeof import("../../sync/channel/mod.ts");

/** The files of their parts; each comes after those that it imports. */
const PARTS = [
  "ends",
  "subscribers",
  "publication",
  "publication_end",
  "publishing_end",
  "broadcast_ring",
  "broadcast_core",
  "broadcast_receiver",
  "broadcast_sender",
  "broadcast",
  "watch_cell",
  "watch_core",
  "watch_view",
  "watch_receiver",
  "watch_sender",
  "watch",
] as const;

/** Changes to some of the parts. */
export type Edits = Partial<Record<typeof PARTS[number], readonly Edit[]>>;

/**
 * Ends are open from the start, and have the numbers of their threads: to open
 * them in the threads would be most of the steps. `Ends` and `Subscribers` have
 * tests of their own.
 */
const OPENED: Edits = {
  ends: [[
    "open(): number | undefined {",
    "open(): number | undefined { return this.#me & 1023;",
  ]],
  subscribers: [[
    "open(): number {",
    "open(): number { return this.#me & 1023;",
  ]],
};

/** The channels with ends that are open, and with mistakes. */
export async function opened(edits: Edits): Promise<Module> {
  const all = { ...OPENED, ...edits };
  return await mutant<Module>(
    "sync/channel/mod.ts",
    [],
    Object.fromEntries(
      PARTS.map((part) => [`sync/channel/${part}.ts`, all[part] ?? []]),
    ),
  );
}

/** The same without mistakes. */
export const OPEN: Module = await opened({});

/** The same with an end that tells nobody that it was closed. */
export function closingUnheard(): Promise<Module> {
  return opened({
    publication_end: [["    this.publication.wakeAll();\n", ""]],
  });
}

/** What a thread has: an end, or the channel itself. */
export type Kind = "sender" | "receiver" | "channel";
/** What a thread has, and calls. */
export type Part = readonly [Kind, ...Call[]];

/** Calls of a sender. */
export const ONE: Call = ["send", 1];
/** Another one. */
export const TWO: Call = ["send", 2];
/** A call of a receiver. */
export const TRY: Call = ["tryRecv"];

/** Somebody closes the channel while a message is sent and looked for. */
export const CLOSED_MEANWHILE: readonly Part[] = [
  ["sender", ONE],
  ["channel", ["close"]],
  ["receiver", TRY],
];

/** What a program is of, and how far it is explored. */
export interface PublicationOptions extends
  Pick<
    Scene<unknown, unknown>,
    "preemptions" | "timeouts" | "expireTimeouts"
  > {
  /** With mistakes or without. */
  readonly module?: Module;
  /** What messages are. */
  readonly record?: RecordKind | Codec<number>;
}

/** The codec of messages that are no records. */
export function codecOf(
  record: RecordKind | Codec<number>,
): Codec<number> | undefined {
  return typeof record === "string" ? undefined : record;
}

/** What the threads do, with the end that is opened for each. */
export function rolesOf<H>(
  parts: readonly Part[],
  opening: Readonly<Record<Kind, Role<H>["open"]>>,
): Role<H>[] {
  return parts.map(([kind, ...calls]) => ({ open: opening[kind], calls }));
}

/** The maker of a channel: no thread of the program. */
export const MAKER = 3;

/**
 * The threads that have senders. If that is one, the channel ends with it; else the
 * maker has one too, which it keeps.
 *
 * @param makerSends Whether the maker sends something itself.
 */
export function sendersOf(
  parts: readonly Part[],
  makerSends: boolean = false,
): number[] {
  const senders = parts.flatMap(([kind], k) => kind === "sender" ? [k] : []);
  const endsWithOne = senders.length === 1 && !makerSends;
  return endsWithOne ? senders : [...senders, MAKER];
}

/** Opens ends for threads: a table has them at their threads' numbers. */
export function openEnds(
  publication: Int32Array,
  crew: readonly CurrentThread[],
  senders: readonly number[],
): void {
  publication[0] = 2 * senders.length;
  publication[1] = crew.length;
  for (const k of senders) publication[2 + k] = crew[k]!.id;
  // One receiver is enough: each send finds one.
  publication.set([3, 1, crew[MAKER]!.id], ENDS_SIZE / 4);
}
