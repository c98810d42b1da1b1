// Types of instances and what holds them: this module is checked and never run.
import {
  familyOf,
  type InstanceHandle,
  type InstancePerThread,
  type Linked,
  linked,
  type LocalFamily,
} from "../../linked/mod.ts";
import type { Portable } from "../../codec/mod.ts";
import { Runtime } from "../../workers/mod.ts";

interface Store {
  put(word: string): number;
  readonly size: number;
}

class ListStore implements Store {
  size = 0;
  put(_word: string): number {
    return ++this.size;
  }
  sort(): void {}
}

const stores: Linked<Store> = linked(import.meta.url, "stores", {
  methods: ["put"],
  shared: () => ({ limit: 3 }),
  create: ({ limit }): Store => {
    limit satisfies number;
    return new ListStore();
  },
  dispose: (store, { limit }) => {
    store.put(String(limit satisfies number));
    // @ts-expect-error only what the interface has is known.
    store.sort();
  },
});

linked(import.meta.url, "stores", {
  // @ts-expect-error no method of that name.
  methods: ["sort"],
  create: (): Store => new ListStore(),
});
linked(import.meta.url, "stores", {
  // @ts-expect-error that is no method.
  methods: ["size"],
  create: (): Store => new ListStore(),
});

stores.get().put("a") satisfies number;
stores.here.put("a") satisfies number;
stores.static.create() satisfies Store;
stores.family() satisfies LocalFamily<Store>;
familyOf(stores.get()) satisfies LocalFamily<Store> | undefined;
// @ts-expect-error an instance of the family is needed.
stores.static.dispose({});

const perThread: InstancePerThread<Store> = stores.static.instancePerThread();
using handle: InstanceHandle<Store> = perThread.acquire();
handle.value.put("a") satisfies number;
handle.clone().value.size satisfies number;
// @ts-expect-error only what the interface has is known.
handle.value.sort();
perThread satisfies Portable<typeof perThread>;
handle satisfies Portable<typeof handle>;
// @ts-expect-error instances stay where they are.
handle.value satisfies Portable<Store>;

await using runtime = await Runtime.start();
(await runtime.link(stores)).on(0).put("a") satisfies Promise<number>;
(await runtime.link(stores.family())).here satisfies Store;
await runtime.on(0).spawn(
  (other: InstanceHandle<Store>) => other.value.size,
  handle,
) satisfies number;
// @ts-expect-error neither a definition nor a family.
await runtime.link(stores.get());
