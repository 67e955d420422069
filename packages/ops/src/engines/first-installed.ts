/**
 * Imports the first of some packages that are not among this one's dependencies, and are installed by the user. They
 * are named by a variable, so that bundlers leave them alone.
 *
 * @param remedy what to do where none of them is installed
 */
export async function firstInstalled(names: string[], remedy = ''): Promise<unknown> {
  for (const name of names) {
    try {
      return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    } catch (error) {
      // Node quotes with ', Vite with ".
      const message = error instanceof Error ? error.message : '';
      if (![`'${name}'`, `"${name}"`].some((quoted) => message.includes(quoted))) throw error;
    }
  }
  throw new Error([`${names.join(' or ')} is not installed`, remedy].filter(Boolean).join('; '));
}
