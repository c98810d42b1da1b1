/**
 * Signatures: the names of methods as they stand in messages, with what a caller
 * has to know of them.
 *
 * @module
 */

/** A method, as a caller sees it. */
export interface Signature {
  /** Its name. */
  readonly name: string;
  /** Whether it is a generator, and so is iterated and not awaited. */
  readonly isStream: boolean;
}

const STREAM = "*";

/** Whether a function is a generator, async or not. */
export function isGenerator(value: unknown): boolean {
  return Object.prototype.toString.call(value).endsWith("GeneratorFunction]");
}

/** Describes methods of an object: as they are declared, `*name` for a generator. */
export function signaturesOf(
  instance: object,
  names: readonly string[],
): string[] {
  const methods = instance as Record<string, unknown>;
  return names.map((name) =>
    isGenerator(methods[name]) ? `${STREAM}${name}` : name
  );
}

/** Reads what {@linkcode signaturesOf} wrote. */
export function signature(text: string): Signature {
  const isStream = text.startsWith(STREAM);
  return { name: isStream ? text.slice(STREAM.length) : text, isStream };
}

/** The methods of the instance of one worker, and those of the others. */
export interface ComparedMethods {
  /** The name of the family. */
  readonly family: string;
  /** The worker. */
  readonly worker: number;
  /** The signatures of its instance. */
  readonly signatures: readonly string[];
  /** Those of the others. */
  readonly known: readonly string[];
}

/**
 * Checks that the instances of a family have the same methods on each worker.
 *
 * @throws {TypeError} If they have not.
 */
export function checkSameMethods(
  { family, worker, signatures, known }: ComparedMethods,
): void {
  if (signatures.join() === known.join()) return;
  throw new TypeError(
    `Cannot link '${family}' as its instances have other methods on worker ${worker}: ${signatures} instead of ${known}; the option 'methods' says which ones are meant`,
  );
}
