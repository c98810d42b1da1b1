/**
 * Model tests of `BatchRing`: the checker finds the mistakes that such code has.
 */

import { type Module, ORIGINAL } from "./batch_kinds.ts";
import { losingConsumer } from "./batch_loss_program.ts";
import {
  awaits,
  bounds,
  freesBackwards,
  freesOldest,
  meeting,
  pushes,
  pushesAtLast,
  pushesOne,
} from "./batch_program.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { explored } from "./program.ts";

/** A ring with mistakes in some of its modules. */
async function broken(
  edits: Readonly<Record<string, readonly Edit[]>>,
): Promise<Module> {
  const ring = await mutant<Pick<Module, "BatchRing">>(
    "sync/batch/batch_ring.ts",
    [],
    edits,
  );
  return { ...ORIGINAL, ...ring };
}

/** A ring whose claim is another one. */
const brokenClaim = (...edits: Edit[]) =>
  broken({
    "sync/batch/batch_claim.ts": edits,
    "sync/batch/batch_intake.ts": [],
  });

/** A ring whose word is made up in another way. */
const brokenWord = (...edits: Edit[]) =>
  broken({
    "sync/batch/claim_word.ts": edits,
    "sync/batch/batch_memory.ts": [],
    "sync/batch/record_batches.ts": [],
  });

/** A ring into which records are added in another way. */
const brokenIntake = (...edits: Edit[]) =>
  broken({ "sync/batch/batch_intake.ts": edits });

/** A ring whose accounting of batches is another one. */
const brokenSpans = (...edits: Edit[]) =>
  broken({
    "sync/batch/batch_spans.ts": edits,
    "sync/batch/batch_consumer.ts": [],
    "sync/batch/pushed_batches.ts": [],
  });

Deno.test("BatchRing: the checker finds a claim that is taken by load and store", async () => {
  const module = await brokenClaim([
    "const found = Atomics.compareExchange(words, TAIL, seen, claimed);",
    "const found = Atomics.load(words, TAIL);\n      if (found === seen) Atomics.store(words, TAIL, claimed);",
  ]);
  const program = meeting([pushes(1), pushes(1)], () => [], { module });
  await refuses("data race", program);
});

Deno.test("BatchRing: the checker finds a claim that is taken though another thread has it", async () => {
  const module = await brokenClaim([
    "while (holderOf(seen) !== 0) {",
    "while (false) {",
  ]);
  const program = meeting([pushes(1), pushes(1)], () => [], { module });
  await refuses("data race", program);
});

Deno.test("BatchRing: the checker finds a record that is written after the claim is given back", async () => {
  const module = await brokenIntake([
    "      this.#memory.records.write(this.#memory.recordAt(tail), value);\n      claim.sign(tail, ticket);\n    }\n    claim.giveBack(tail, hasRoom ? 1 : 0);",
    "      claim.giveBack(tail, 1);\n      this.#memory.records.write(this.#memory.recordAt(tail), value);\n      claim.sign(tail, ticket);\n    } else claim.giveBack(tail, 0);",
  ]);
  await refuses("data race", meeting([pushes(1)], bounds(1), { module }));
});

Deno.test("BatchRing: the checker finds a sender that is written after the claim is given back", async () => {
  const module = await brokenIntake([
    "      claim.sign(tail, ticket);\n    }\n    claim.giveBack(tail, hasRoom ? 1 : 0);",
    "    }\n    claim.giveBack(tail, hasRoom ? 1 : 0);\n    if (hasRoom) claim.sign(tail, ticket);",
  ]);
  await refuses("data race", meeting([pushes(1)], bounds(1), { module }));
});

Deno.test("BatchRing: the checker finds a claim that is given back twice", async () => {
  const module = await brokenClaim([
    "    this.#last = next;\n",
    "    this.#last = next;\n    Atomics.and(words, TAIL, ~HOLDER);\n",
  ]);
  const program = meeting([pushes(1), pushes(1)], () => [], { module });
  await refuses("exception", program);
});

Deno.test("BatchRing: the checker finds a claim that is never taken over", async () => {
  const module = await brokenClaim([
    "    else this.#standIn(seen);",
    "",
  ]);
  const options = { module, lost: 4, preemptions: 2 };
  await refuses(
    "livelock",
    meeting([pushes(1), pushes(1)], bounds(1), options),
  );
});

Deno.test("BatchRing: the checker finds a claim that is taken over from a thread at work", async () => {
  const module = await brokenClaim([
    "if (this.#threads.isLive(thread)) giveWay(this.#words, TAIL, seen, looks);\n    else ",
    "",
  ]);
  const program = meeting([pushes(1), pushes(1)], () => [], { module });
  await refuses("data race", program);
});

Deno.test("BatchRing: the checker finds a claim that is freed once more, of who has the index now", async () => {
  const module = await brokenWord([
    "((word & ~HOLDER) + 2 * this.awaited) | 0",
    "word & ~HOLDER",
  ]);
  const options = { module, haunted: true, preemptions: 3 };
  await refuses(
    "data race",
    meeting([pushes(1), pushes(1)], () => [], options),
  );
});

Deno.test("BatchRing: the checker finds a thread that does not say who it is", async () => {
  const module = await brokenClaim([
    "      if (seen === NEVER) Atomics.store(words, this.#pusher, this.#me);\n",
    "",
  ]);
  const options = { module, haunted: true, preemptions: 3 };
  await refuses(
    "data race",
    meeting([pushes(1), pushes(1)], () => [], options),
  );
});

Deno.test("BatchRing: the checker finds room by one place too many", async () => {
  const module = await brokenClaim([
    "if (known >= count) return known;",
    "if (known + 1 >= count) return known + 1;",
  ]);
  await refuses(
    "data race",
    meeting([pushes(2)], bounds(1), { module, taken: 63 }),
  );
});

Deno.test("BatchRing: the checker finds a pusher that trusts an old head for room", async () => {
  const module = await brokenClaim([
    "return this.#words[KNOWN] = Atomics.load(this.#words, HEAD);",
    "return this.#words[KNOWN] = Atomics.load(this.#words, HEAD) + 1;",
  ]);
  await refuses(
    "exception",
    meeting([pushes(3)], () => [], { module, taken: 63 }),
  );
});

Deno.test("BatchRing: the checker finds a pusher that wakes nobody", async () => {
  const module = await brokenClaim([
    "    if ((found & word.awaited) !== 0) this.#memory.items.signal();\n",
    "",
  ]);
  await refuses("deadlock", meeting([pushesOne], awaits(1), { module }));
});

Deno.test("BatchRing: the checker finds a pusher that looks who waits before its record is there", async () => {
  const module = await brokenClaim([
    "    const found = Atomics.exchange(words, TAIL, next);",
    "    const found = Atomics.load(words, TAIL);\n    Atomics.store(words, TAIL, next);",
  ]);
  await refuses("deadlock", meeting([pushesOne], awaits(1), { module }));
});

Deno.test("BatchRing: the checker finds a pusher that wakes before its record is there", async () => {
  const module = await brokenClaim([
    "    const found = Atomics.exchange(words, TAIL, next);\n    if ((found & word.awaited) !== 0) this.#memory.items.signal();",
    "    this.#memory.items.signal();\n    Atomics.exchange(words, TAIL, next);",
  ]);
  await refuses("deadlock", meeting([pushesOne], awaits(1), { module }));
});

Deno.test("BatchRing: the checker finds a full ring that forgets who waits", async () => {
  const module = await brokenClaim([
    "      Atomics.and(words, TAIL, ~HOLDER);\n",
    "      Atomics.store(words, TAIL, this.#last);\n",
  ]);
  const options = { module, taken: 64 };
  await refuses("deadlock", meeting([pushesAtLast], awaits(1), options));
});

Deno.test("BatchRing: the checker finds a consumer that says that it waits, and sleeps without a look", async () => {
  const module = await brokenSpans([
    "return sizeBy(Atomics.or(this.#words, TAIL, claimWord.awaited));",
    "Atomics.or(this.#words, TAIL, claimWord.awaited);\n    return 0;",
  ]);
  await refuses("deadlock", meeting([pushesOne], awaits(1), { module }));
});

Deno.test("BatchRing: the checker finds a consumer that tells before the head is stored", async () => {
  const module = await brokenSpans([
    "    Atomics.store(this.#words, HEAD, this.#head);\n    this.#memory.room.signal();",
    "    this.#memory.room.signal();\n    Atomics.store(this.#words, HEAD, this.#head);",
  ]);
  await refuses(
    "deadlock",
    meeting([pushesOne], awaits(1), { module, taken: 64 }),
  );
});

Deno.test("BatchRing: the checker finds a head that passes a batch that is not free", async () => {
  const module = await brokenSpans([
    "if (span > 0) break;\n      this.#head = (this.#head - span) | 0;",
    "this.#head = (this.#head + Math.abs(span)) | 0;",
  ]);
  const program = meeting([pushes(2)], freesOldest, { module, taken: 63 });
  await refuses("exception", program);
});

Deno.test("BatchRing: the checker finds room that comes back with the newest batch", async () => {
  const module = await brokenSpans([
    "if (start === this.#head) this.#giveBack();",
    "this.#giveBack(); if (start !== this.#head) Atomics.store(this.#words, HEAD, (start + length) | 0);",
  ]);
  const program = meeting([pushes(2)], freesBackwards, { module, taken: 63 });
  await refuses("data race", program);
});

Deno.test("BatchRing: the checker finds a bound that is stored before the span", async () => {
  const module = await brokenSpans([
    "    this.#words[this.#memory.spanAt(start)] = length;\n    this.#bound = (start + length) | 0;\n    // It is bounded by this store, for who comes after this thread.\n    Atomics.store(this.#words, BOUND, this.#bound);",
    "    this.#bound = (start + length) | 0;\n    Atomics.store(this.#words, BOUND, this.#bound);\n    Atomics.load(this.#words, BOUND);\n    this.#words[this.#memory.spanAt(start)] = length;",
  ]);
  await findsLoss(module);
});

Deno.test("BatchRing: the checker finds a successor that begins with the open batch", async () => {
  const module = await brokenSpans([
    "this.#head = Atomics.load(this.#words, HEAD);",
    "this.#head = Atomics.load(this.#words, BOUND);",
  ]);
  await findsLoss(module);
});

Deno.test("BatchRing: the checker finds a bound that is kept by the thread alone", async () => {
  const module = await brokenSpans([
    "    Atomics.store(this.#words, BOUND, this.#bound);\n",
    "",
  ]);
  await findsLoss(module);
});

/** Loses the consumer in front of each operation: one of them must show it. */
async function findsLoss(module: Module): Promise<void> {
  for (let steps = 0; steps < 16; steps++) {
    try {
      await explored(losingConsumer(steps, { module }));
    } catch (error) {
      const { violation } = error as { violation?: string };
      if (violation === undefined) throw error;
      return;
    }
  }
  throw new Error("no loss showed the mistake");
}
