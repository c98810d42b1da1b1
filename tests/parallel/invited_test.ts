import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { par } from "../../parallel/mod.ts";
import { planOf } from "../../parallel/consumers.ts";
import { Claims } from "../../parallel/run/claims.ts";
import { Invited } from "../../parallel/run/invited.ts";
import { planFunction } from "../../parallel/plan/plan_function.ts";
import { type Share, takePart } from "../../parallel/run/share.ts";
import type { Part } from "../../parallel/run/work.ts";
import {
  QueueFullError,
  type RuntimeFace,
  WorkerLostError,
} from "../../workers/mod.ts";

/** Invites one worker whose task is what the test says. */
function invite(
  claims: Claims,
  result: Promise<Part[]>,
  ended?: Promise<void>,
) {
  let cancelled = 0;
  const task = Object.assign(result, {
    ended: ended ?? Promise.resolve(),
    cancel: () => void cancelled++,
  });
  const runtime = { size: 1, spawn: () => task } as unknown as RuntimeFace;
  const invited = new Invited(claims);
  invited.ask(runtime, () => ({}) as never);
  return { invited, cancelled: () => cancelled };
}

const lost = () => new WorkerLostError(0, "gone", { started: true });
const full = () => new QueueFullError("task", 1);

Deno.test("Invited.end() cancels who has not come, and uses the memory again", async () => {
  const claims = Claims.make(0, 9, 1);
  const { promise, resolve } = Promise.withResolvers<Part[]>();
  const { invited, cancelled } = invite(claims, promise);
  const parts = invited.end();
  resolve([]);
  assertEquals(await parts, []);
  assertEquals(cancelled(), 1);
  assert(!claims.begin(0));
  assertStrictEquals(Claims.make(0, 9, 1).handle.memory, claims.handle.memory);
});

Deno.test("Invited.end() waits until nobody who came has to do with the claims", async () => {
  const claims = Claims.make(0, 9, 1);
  assert(claims.begin(0));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const { invited, cancelled } = invite(
    claims,
    Promise.resolve([[0, "part"]]),
    ended,
  );
  let isOver = false;
  const parts = invited.end().finally(() => isOver = true);
  await new Promise((resolve) => setTimeout(resolve));
  assert(!isOver);
  resolve();
  assertEquals(await parts, [[0, "part"]]);
  assertEquals(cancelled(), 0);
});

for (
  const [what, error] of [["was lost", lost], ["has no room", full]] as const
) {
  Deno.test(`Invited: a worker that ${what} before it came is not needed`, async () => {
    const claims = Claims.make(0, 9, 1);
    const { invited } = invite(claims, Promise.reject(error()));
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(claims.take(1, 9), [0, 9]);
    assertEquals(await invited.end(), []);
    assertStrictEquals(
      Claims.make(0, 9, 1).handle.memory,
      claims.handle.memory,
    );
  });
}

Deno.test("Invited: what a lost worker had taken is not done, and it may still use the memory", async () => {
  const claims = Claims.make(0, 9, 1);
  assert(claims.begin(0));
  const { invited } = invite(claims, Promise.reject(lost()));
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(claims.take(1, 1), undefined);
  await assertRejects(() => invited.end(), WorkerLostError);
  assertNotEquals(Claims.make(0, 9, 1).handle.memory, claims.handle.memory);
});

Deno.test("Invited.ask() prepares nothing where nobody is to come", async () => {
  let asked = 0;
  const runtime = {
    size: 1,
    spawn: () => asked++,
  } as unknown as RuntimeFace;
  const share = () => {
    asked++;
    return {} as never;
  };
  const alone = new Invited(Claims.make(0, 1, 0));
  alone.ask(runtime, share);
  const over = new Invited(Claims.make(0, 9, 1));
  assertEquals(await over.end(), []);
  over.ask(runtime, share);
  assertEquals(asked, 0);
});

/** The share of the only helper, who has nothing to do yet. */
function shareOf(claims: Claims): Share {
  return {
    helper: 0,
    claims: claims.handle,
    text: "return 1;",
    functions: [],
    params: [],
    room: undefined,
    lengths: { min: 1, max: 9 },
    perIndex: 0,
    stops: false,
    progress: undefined,
  };
}

Deno.test("takePart() takes nothing once it is not needed", async () => {
  const claims = Claims.make(0, 9, 1);
  assert(claims.dismiss(0));
  await takePart(shareOf(claims));
  assertEquals(claims.take(9, 9), [0, 9]);
});

Deno.test("takePart() that fails says what of its surroundings a function used, and ends the claims", async () => {
  const claims = Claims.make(0, 9, 1);
  const captured = 5;
  const { sent } = planFunction(() => captured)!;
  const share: Share = {
    ...shareOf(claims),
    text: "return p0();",
    functions: [[0, sent]],
    params: [{ value: undefined }],
  };
  await assertRejects(
    async () => await takePart(share),
    ReferenceError,
    "'captured'",
  );
  assertEquals(claims.take(1, 1), undefined);
});

/** Invites one worker that comes each time that it is asked, and leaves at once. */
function inviteAgain(claims: Claims, isComing: (time: number) => boolean) {
  const asked: number[] = [];
  const workers = {
    size: 1,
    spawn(_: unknown, { helper }: Share) {
      const time = asked.push(helper);
      if (isComing(time)) assert(claims.begin(helper));
      const taken = claims.take(2, 2);
      const parts: Part[] = taken === undefined ? [] : [[taken[0], time]];
      return Object.assign(Promise.resolve(parts), {
        ended: Promise.resolve(),
        cancel() {},
      });
    },
  } as unknown as RuntimeFace;
  const invited = new Invited(claims);
  invited.ask(workers, () => ({}) as never);
  return { invited, asked };
}

Deno.test("Invited asks who has left once more, as long as there is something left", async () => {
  const claims = Claims.make(0, 6, 1);
  const { invited, asked } = inviteAgain(claims, () => true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(asked, [0, 0, 0]);
  assert(invited.isDone);
  assertEquals(await invited.end(), [[0, 1], [2, 2], [4, 3]]);
  assertStrictEquals(Claims.make(0, 9, 1).handle.memory, claims.handle.memory);
});

Deno.test("Invited asks nobody again who has not come, or once it is over", async () => {
  const absent = inviteAgain(Claims.make(0, 6, 1), () => false);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(absent.asked, [0]);
  await absent.invited.end();
  const over = inviteAgain(Claims.make(0, 6, 1), () => true);
  assertEquals(await over.invited.end(), [[0, 1]]);
  assertEquals(over.asked, [0]);
});

Deno.test("Invited uses the memory again after an error that was answered", async () => {
  const claims = Claims.make(0, 9, 1);
  assert(claims.begin(0));
  const { invited } = invite(claims, Promise.reject(new RangeError("no 5")));
  await assertRejects(() => invited.end(), RangeError, "no 5");
  assertStrictEquals(Claims.make(0, 9, 1).handle.memory, claims.handle.memory);
});

Deno.test("Claims.make() takes no memory that is too small", () => {
  const small = Claims.make(0, 9, 1);
  small.release();
  const large = Claims.make(0, 9, 100);
  assertNotEquals(large.handle.memory, small.handle.memory);
  assert(large.begin(99));
});

Deno.test("Claims.take() takes no less than 'least', even if it is all", () => {
  const claims = Claims.make(0, 9, 3);
  assertEquals(claims.take(8, 1), [0, 2]);
  assertEquals(claims.take(1, 5), [2, 7]);
  assertEquals(claims.take(1, 5), [7, 9]);
});

Deno.test("zip() and chain() keep the limits of both plans", () => {
  const one = par.range(0, 99).withMinLen(3).withMaxLen(8);
  const other = par.range(0, 99).withMinLen(4).withMaxLen(9);
  for (
    const plan of [
      one.zip(other),
      other.zip(one),
      one.chain(other),
      other.chain(one),
    ]
  ) assertEquals(planOf(plan).node.lengths, { min: 4, max: 8 });
});
