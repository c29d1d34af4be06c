/** Makes the value when it is first asked for, and never again. */
export const lazily = <Value>(make: () => Value): (() => Value) => {
	let made: {readonly value: Value} | undefined;
	return () => (made ??= {value: make()}).value;
};
