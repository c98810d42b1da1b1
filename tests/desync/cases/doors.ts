import type {
  DesyncClosedError,
  DesyncPoisonedError,
} from "../../../desync/mod.ts";
import type { AnyDesync } from "../ordered_places.ts";
import { get } from "./jobs.ts";

/** Calls every door of an object; gives the names of those that do not refuse with a class. */
export async function doorsThatTake(
  object: AnyDesync<number>,
  refusal: typeof DesyncClosedError | typeof DesyncPoisonedError,
): Promise<string[]> {
  const doors: Record<string, () => unknown> = {
    desync: () => object.desync(get),
    sync: () => object.sync(get),
    trySync: () => object.trySync(get),
    futureSync: () => object.futureSync(get),
    futureDesync: () => object.futureDesync(get),
    after: () => object.after(Promise.resolve(), get),
  };
  const taking: string[] = [];
  for (const [name, door] of Object.entries(doors)) {
    try {
      await door();
      taking.push(name);
    } catch (error) {
      if (!(error instanceof refusal)) taking.push(`${name}: ${error}`);
    }
  }
  return taking;
}
