/** Proves to the compiler that a union has been handled whole; reaching it is a bug. */
export const assertNever = (value: never): never => {
	throw new Error(`unhandled variant: ${JSON.stringify(value)}`);
};
