/**
 * An object whose worker goes, and is to be made again: what it still takes, and what it
 * leaves to the next owner.
 */

import { assert, assertEquals } from "@std/assert";
import { HostedLine } from "../../../desync/remote/hosted_line.ts";
import {
  ANYBODY,
  JOB,
  nextAfter,
  NOBODY,
  PLACE,
} from "../../../desync/remote/job_frame.ts";
import {
  allocateQueue,
  ENDED,
  SharedQueue,
} from "../../../desync/remote/shared_queue.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { STARTER } from "../../../workers/life/control.ts";
import { frameOf, stubHosting } from "./stub_hosting.ts";

const SHAPE = { reserve: 4096 };
const ASKER = STARTER;
/** How often the object was made. */
const LIFE = 1;

function leaving(dispose?: () => Promise<void>) {
  const slice = allocateQueue(SHAPE);
  const queue = new SharedQueue(slice, SHAPE);
  queue.setOwner(currentThread().id, LIFE);
  const noted: string[] = [];
  const line = new HostedLine({
    hosting: stubHosting({
      slot: 2,
      run(_ref, text) {
        noted.push(text);
        if (text === "fail") throw new Error(text);
      },
      answer() {},
      peer: currentThread().id,
    }),
    queue: new SharedQueue(slice, SHAPE),
    life: LIFE,
    given: [{}],
    onFailure: "poison",
    onError: undefined,
    dispose,
    ended() {},
  });
  const push = (owner: number, number: number, text?: string) => {
    const kind = text === undefined ? PLACE : JOB;
    queue.push(frameOf([ASKER, 1, owner, number, kind, 1, 0], text));
  };
  return { queue, line, noted, push };
}

Deno.test("HostedLine.leave() leaves what was asked of nobody to the next owner, also if a job poisons the object", async () => {
  const { queue, line, noted, push } = leaving();
  queue.enter();
  const left = line.leave(true);
  while (queue.owner !== NOBODY) await null;
  push(currentThread().id, 1, "fail");
  push(ANYBODY, 0, "dropped");
  push(nextAfter(LIFE), 0);
  queue.leave();
  await left;
  assertEquals(noted, ["fail"]);
  assertEquals(queue.size, 1);
});

Deno.test("HostedLine.leave() runs nothing once it disposes, and says that nobody looks any more", async () => {
  const disposing = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { queue, line, noted, push } = leaving(() => {
    disposing.resolve();
    return gate.promise;
  });
  push(ANYBODY, 0, "before");
  const left = line.leave(true);
  await disposing.promise;
  push(ANYBODY, 0, "after");
  assert(queue.mustCall());
  line.serve(); // the call is late
  gate.resolve();
  await left;
  await new Promise((next) => setTimeout(next));
  assertEquals(noted, ["before"]);
  assertEquals(queue.size, 1);
});

Deno.test(
  "HostedLine.leave() waits for nothing that was asked of it before it was there, and takes that",
  { timeout: 10_000 },
  async () => {
    const { queue, line, noted, push } = leaving();
    const left = line.leave(true);
    while (queue.owner !== NOBODY) await null;
    // Who asks has looked when nobody was there, and had no time since then.
    push(nextAfter(LIFE - 1), 0);
    push(ANYBODY, 0, "behind it");
    await left;
    assertEquals(noted, ["behind it"]);
    assertEquals(queue.size, 0);
  },
);

Deno.test("HostedLine.leave() does not end an object that is closed meanwhile, and has something left for the next owner", async () => {
  for (const isLeft of [true, false]) {
    const { queue, line, push } = leaving();
    const left = line.leave(true);
    while (queue.owner !== NOBODY) await null;
    if (isLeft) push(nextAfter(LIFE), 0, "for the next one");
    queue.close();
    await left;
    assertEquals(queue.phase === ENDED, !isLeft);
  }
});
