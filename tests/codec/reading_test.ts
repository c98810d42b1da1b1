import { assertEquals, assertThrows } from "@std/assert";
import { aware } from "../../aware/mod.ts";
import { checkNotReading, whileReading } from "../../codec/reading.ts";
import { copyOf } from "./support.ts";

/** Code of the program that would wait; what it gives where it may. */
function wait(): number {
  checkNotReading("wait", "for a value");
  return 1;
}

class WaitsToBeMade {
  declare readonly "~sendable": true;
  static {
    aware(import.meta.url, WaitsToBeMade, {
      take: () => 1,
      make: () => {
        wait();
        return new WaitsToBeMade();
      },
    });
  }
}

class WaitsWhenTold {
  declare readonly "~sendable": true;
  relocated(): void {
    wait();
  }
  static {
    aware(import.meta.url, WaitsWhenTold);
  }
}

/** A field of that name is not assigned. */
class WaitsToBeSet {
  declare readonly "~sendable": true;
  n!: number;
  static {
    Object.defineProperty(this.prototype, "n", { set: wait });
    aware(import.meta.url, WaitsToBeSet);
  }
}

Deno.test("checkNotReading() refuses while an instance is made, or hears that it has moved", () => {
  for (const value of [new WaitsToBeMade(), new WaitsWhenTold()]) {
    assertThrows(() => copyOf([value]), Error, "while a value arrives");
    assertEquals(wait(), 1); // nothing is left of it
  }
});

Deno.test("decode() runs no setter of a class", () => {
  const value = Object.defineProperty(new WaitsToBeSet(), "n", {
    value: 5,
    enumerable: true,
  });
  assertEquals((copyOf(value) as WaitsToBeSet).n, 5);
});

Deno.test("whileReading() gives what its function gives, also inside of itself", () => {
  const inner = () => whileReading(() => 5);
  assertEquals(whileReading(inner), 5);
  assertThrows(() => whileReading(() => [inner(), wait()]));
  assertEquals(wait(), 1);
});
