import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { DOORBELL_SIZE } from "../../../sync/mail/doorbell.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { Injection } from "../../../workers/injection/injection.ts";
import { NORMAL, URGENT } from "../../../sync/mail/injector.ts";
import {
  attach,
  type Board,
  frameOf,
  type InjectionOutcome,
  type InjectionTask,
} from "../fixtures/injection_worker.ts";
import { Mortal } from "../../sync/mortal.ts";
import { type Random, randomFrom } from "../../sync/random.ts";

const WORKERS = 3;
const SLOTS = 1 + WORKERS;
const PLACES = 256;
const OWNER = 0;
/** Tasks of slot 0 are numbered from here on, those of workers before. */
const TASKS = 2 ** 18;

const soon = () => new Promise((resolve) => setTimeout(resolve, 0));

type Member = Mortal<InjectionOutcome>;

/** The workers of a test, each of which may be replaced. */
class Crew implements Disposable {
  readonly board: Board;
  readonly owner: Injection;
  readonly #stack = new DisposableStack();
  readonly #members: (Member | undefined)[] = [];
  /** What workers threw. */
  readonly failures: unknown[] = [];
  readonly #died = new Set<Member>();
  readonly #tenants: number[] = Array(SLOTS).fill(0);
  readonly #options: { readonly most: number; readonly random: Random };
  #started = 0;

  constructor(most: number, random: Random) {
    this.#options = { most, random };
    this.board = {
      injection: Injection.allocate(SLOTS, {
        places: PLACES,
        // So small that it is used again and again, and is full at times.
        reserve: [2 ** 15, 2 ** 16],
      }),
      bells: new SharedArrayBuffer(SLOTS * DOORBELL_SIZE),
      occupants: new SharedArrayBuffer(4 * SLOTS),
      done: new SharedArrayBuffer(2 * TASKS),
      answers: new SharedArrayBuffer(4 * PLACES),
      ready: new SharedArrayBuffer(4 * SLOTS),
      stop: new SharedArrayBuffer(4),
    };
    const { injection } = attach(this.board, OWNER);
    this.owner = injection;
  }

  /** Starts all workers. */
  async startAll(): Promise<void> {
    await this.#occupy(OWNER);
    for (let slot = 1; slot < SLOTS; slot++) {
      await this.start(slot, false);
    }
  }

  /** Starts a worker in a slot whose former one is gone. */
  async start(slot: number, lasting: boolean): Promise<void> {
    const { most, random } = this.#options;
    const tenant = await this.#occupy(slot);
    const task: Omit<InjectionTask, "life"> = {
      ...this.board,
      slot,
      tenant,
      first: 256 * this.#started++,
      most,
      // Some stop by themselves, in the middle of something.
      dies: lasting || random(2) === 0 ? 0 : 200 + random(4000),
      seed: random(2 ** 30),
    };
    const member: Member = new Mortal(
      "../../workers/fixtures/injection_worker.ts",
      task,
    );
    this.#members[slot] = this.#stack.use(member);
    member.done.then(({ died }) => {
      if (!died) return;
      // At once: it may have a lock for which all others wait.
      currentThread().threads.markLost(member.id);
      this.#died.add(member);
    }, (error) => this.failures.push(error));
    const occupants = new Int32Array(this.board.occupants);
    Atomics.store(occupants, slot, member.id);
  }

  /** Ends a worker. Returns its thread. */
  async lose(slot: number): Promise<number> {
    const member = this.#members[slot]!;
    // One that is only starting has no lock, and would seem to be gone at once.
    const ready = new Int32Array(this.board.ready);
    while (Atomics.load(ready, slot) !== this.#tenants[slot]) await soon();
    await member.lose();
    return member.id;
  }

  /** Whether a worker has stopped by itself. */
  hasDied(slot: number): boolean {
    return this.#died.has(this.#members[slot]!);
  }

  /** Has all workers stop, once there are no frames. */
  async stop(): Promise<InjectionOutcome[]> {
    Atomics.store(new Int32Array(this.board.stop), 0, 1);
    for (let slot = 1; slot < SLOTS; slot++) {
      const { bell } = attach(this.board, slot);
      bell.ringForMail(OWNER);
    }
    return await Promise.all(
      this.#members.slice(1).map((member) => member!.done),
    );
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  async #occupy(slot: number): Promise<number> {
    const tenant = ++this.#tenants[slot]!;
    while (!this.owner.letTo(slot, tenant)) await soon();
    return tenant;
  }
}

/** Tasks of slot 0, by place. */
class Tasks {
  /** Tasks by number, while they are under way. */
  readonly underWay = new Map<number, number>();
  started = 0;
  answered = 0;
  readonly lost: number[] = [];
  readonly #crew: Crew;
  readonly #random: Random;
  readonly #free: number[] = [];

  constructor(crew: Crew, random: Random) {
    this.#crew = crew;
    this.#random = random;
    for (let place = 1; place < PLACES; place++) this.#free.push(place);
  }

  /** Publishes some tasks in one step. */
  publish(): void {
    const { owner } = this.#crew;
    const random = this.#random;
    for (let k = random(12); k >= 0 && this.#free.length > 0; k--) {
      const number = this.#free.pop()!;
      const task = TASKS + this.started++;
      this.underWay.set(number, task);
      const length = 16 + 8 * (random(20) === 0 ? random(600) : random(10));
      const frame = frameOf([OWNER, 1, number], task, length);
      owner.stage(random(4) === 0 ? URGENT : NORMAL, frame, length);
    }
    // What finds no room stays for the next time.
    owner.publish();
  }

  /** Reads answers. */
  read(): void {
    const answers = new Int32Array(this.#crew.board.answers);
    for (const number of this.underWay.keys()) {
      if (Atomics.load(answers, number % PLACES) !== number) continue;
      this.answered++;
      this.#end(number);
    }
  }

  /** Gives up those that a lost thread had taken. */
  async give(thread: number): Promise<void> {
    const { owner } = this.#crew;
    while (!owner.recover()) await soon();
    this.read();
    for (const [number, task] of this.underWay) {
      if (owner.takerOf(number) !== thread) continue;
      this.lost.push(task);
      this.#end(number);
    }
  }

  #end(number: number): void {
    this.underWay.delete(number);
    // The same place, used once more.
    this.#free.unshift((number + PLACES) & 0x7fffffff);
  }
}

for (const most of [1, 16]) {
  Deno.test(
    `Injection: workers are terminated at any moment, and each task is done once or was taken by one of them: ${most} at once`,
    { timeout: 120_000 },
    async () => {
      const random = randomFrom(most);
      using crew = new Crew(most, random);
      await crew.startAll();
      const tasks = new Tasks(crew, random);
      const end = performance.now() + 2500;
      let losses = 0;
      let next = performance.now() + 300;
      while (performance.now() < end) {
        tasks.publish();
        tasks.read();
        if (performance.now() > next) {
          next = performance.now() + random(150);
          await soon();
          const slots = [1, 2, 3];
          const slot = slots.find((k) => crew.hasDied(k)) ??
            slots[random(WORKERS)]!;
          const dying = crew.lose(slot);
          for (let k = random(3); k > 0; k--) tasks.publish();
          await tasks.give(await dying);
          await crew.start(slot, false);
          losses++;
        }
        if (random(3) === 0) await soon();
      }
      // From here on none is lost.
      for (let slot = 1; slot < SLOTS; slot++) {
        await tasks.give(await crew.lose(slot));
        await crew.start(slot, true);
        losses++;
      }
      while (tasks.underWay.size > 0) {
        crew.owner.publish();
        tasks.read();
        await soon();
      }
      const outcomes = await crew.stop();
      assertEquals(crew.failures, []);
      const done = new Uint8Array(crew.board.done);
      const lost = new Set(tasks.lost);
      for (let task = TASKS; task < TASKS + tasks.started; task++) {
        if (lost.has(task)) assertLessOrEqual(done[task]!, 1);
        else assertEquals(done[task], 1, `task ${task - TASKS}`);
      }
      assertEquals(tasks.answered + lost.size, tasks.started);
      assertEquals(crew.owner.size, 0);
      assert(losses > WORKERS, `${losses}`);
      assert(tasks.started > 100, `${tasks.started}`);
      assertLessOrEqual(lost.size, 17 * losses);
      assertEquals(outcomes.length, WORKERS);
      if (Deno.env.get("SHOW")) {
        console.log({
          losses,
          started: tasks.started,
          lost: lost.size,
          outcomes,
        });
      }
    },
  );
}
