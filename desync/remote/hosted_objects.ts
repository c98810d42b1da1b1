/**
 * The objects of this worker, and their mail.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { hostingHere, receiveMailBy } from "../../workers/host/hosting.ts";
import { JOBS } from "../../workers/mailbox/frame_kind.ts";
import type { Peer } from "../../workers/mailbox/peer.ts";
import { SentJob } from "./hosted_step.ts";
import type { HostedLine } from "./hosted_line.ts";
import { JobAsker } from "./job_asker.ts";
import {
  CLOSE,
  CONTENT,
  GIVE_UP,
  keyNumber,
  LIFT,
  NO_CONTENT,
  type ObjectKey,
  OPENS,
  REPORT,
  STRAY,
} from "./job_frame.ts";

/** By key. */
const lines = perRealm<Map<number, HostedLine>>(
  "hosted objects",
  () => new Map(),
);

/** This thread has an object from now on. */
export function hostLine(key: ObjectKey, line: HostedLine): void {
  lines.set(keyNumber(key), line);
}

/** This thread has an object no more. */
export function forgetLine(key: ObjectKey): void {
  lines.delete(keyNumber(key));
}

/** The line of an object that this thread has. */
export function hostedLine(key: ObjectKey): HostedLine | undefined {
  return lines.get(keyNumber(key));
}

receiveMailBy((from, kind, frame) => {
  if (kind === JOBS) called(from, frame);
  else receive(from, frame.word(), frame);
});

function lineIn(frame: Reader): HostedLine | undefined {
  return hostedLine({ generation: frame.word(), place: frame.word() });
}

/** There are jobs for an object. */
function called(from: Peer, frame: Reader): void {
  const line = lineIn(frame);
  from.release();
  line?.serve(); // else it is made, and looks then
}

function receive(from: Peer, what: number, frame: Reader): void {
  const key = { generation: frame.word(), place: frame.word() };
  const number = frame.word();
  const asked = frame.word();
  const opens = { place: frame.word(), kind: frame.word() };
  if (what === STRAY) void Promise.reject(read(frame));
  else {
    const hosting = hostingHere()!;
    frame.context = hosting.desk.callbacks.from(from);
    const asker = new JobAsker(hosting, from, asked);
    const line = hostedLine(key);
    if (line !== undefined) handle(line, asker, { what, number, opens }, frame);
    // It has ended.
    else if (what === CLOSE) asker.done(undefined, "");
  }
  from.release();
}

/** What the head of a piece of mail says. */
interface Head {
  readonly what: number;
  readonly number: number;
  readonly opens: { readonly place: number; readonly kind: number };
}

function handle(
  line: HostedLine,
  asker: JobAsker,
  { what, number, opens }: Head,
  frame: Reader,
): void {
  const from = asker.peer!;
  switch (what) {
    case CONTENT:
      return line.places.arrive(from, number, {
        job: new SentJob(line.functions, frame),
        asker: asker.number === 0 ? undefined : asker,
      });
    case OPENS:
      return line.places.arrive(from, number, { opens, asker });
    case NO_CONTENT:
      return line.places.arrive(from, number, { reason: read(frame) });
    case LIFT:
      return line.places.arrive(from, number, {});
    case GIVE_UP:
      return line.giveUp(from, number, read(frame));
    case REPORT:
      return line.report(read(frame), asker);
    case CLOSE:
      line.end().then(
        () => asker.done(undefined, ""),
        (error) => asker.failed(error),
      );
  }
}

/** What stands in a frame, or why it cannot be read. */
function read(frame: Reader): unknown {
  try {
    return decode(frame);
  } catch (error) {
    if (!(error instanceof MissingExportsError)) throw error;
    return error;
  }
}
