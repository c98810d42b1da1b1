/**
 * The fields of a struct in shared memory as properties of an object.
 *
 * @module
 */

import type { SharedField } from "./shared_field.ts";
import type { StructType } from "../record/struct.ts";
import type { StructFields, StructValue } from "../record/struct_layout.ts";

/** A class for each type: its instances have one shape. */
const classes = new WeakMap<
  StructType,
  new (fields: readonly SharedField[]) => object
>();

/**
 * An object whose properties are the fields: to read one loads it, to assign checks
 * the value and stores it.
 *
 * @param fields In the order of the type.
 * @typeParam F The fields.
 */
export function propertiesOf<F extends StructFields>(
  type: StructType<F>,
  fields: readonly SharedField[],
): StructValue<F> {
  const key = type as unknown as StructType;
  let known = classes.get(key);
  if (known === undefined) classes.set(key, known = classOf(key));
  return new known(fields) as StructValue<F>;
}

function classOf(
  type: StructType,
): new (fields: readonly SharedField[]) => object {
  class Properties {
    readonly #fields: readonly SharedField[];

    constructor(fields: readonly SharedField[]) {
      this.#fields = fields;
      Object.preventExtensions(this);
    }

    static {
      type.layout.forEach(({ name }, k) => {
        Object.defineProperty(this.prototype, name, {
          enumerable: true,
          get(this: Properties): unknown {
            return this.#fields[k]!.load();
          },
          set(this: Properties, value: unknown): void {
            const field = this.#fields[k]!;
            field.check("store field", value);
            field.store(value);
          },
        });
      });
    }
  }
  return Properties;
}
