/**
 * Programs that are not part of this repository.
 *
 * @module
 */

/** Whether a program is there that tells its version. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    // The status does not matter: that of wrk is 1 for this.
    await new Deno.Command(name, { args: ["--version"] }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
