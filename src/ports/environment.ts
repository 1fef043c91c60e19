/** All that a program gets of our environment: no token, no key, no setting of somebody's shell. */
export const environment = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
