export type Idleness<Result> = {
	/** Resolves when it is over, or when the signal is aborted. */
	until(signal?: AbortSignal): Promise<Result>;
	/** Something has happened that may have been the last thing: looks again. */
	look(): Promise<void>;
};

/**
 * Those who wait until nothing happens any more.
 *
 * @param isOver may reject: what cannot be read is not the end, and the next look asks again
 * @param sumUp what those who waited are told; asked for each of them, and may reject likewise
 */
export const createIdleness = <Result>(
	isOver: () => Promise<boolean>,
	sumUp: () => Promise<Result>,
): Idleness<Result> => {
	const waiting = new Set<() => Promise<void>>();
	return {
		until: signal =>
			new Promise(resolve => {
				const look = async (): Promise<void> => {
					try {
						if (!waiting.has(look) || !(signal?.aborted === true || (await isOver()))) return;
						resolve(await sumUp());
						waiting.delete(look);
						signal?.removeEventListener('abort', onAbort);
					} catch {
						// See above.
					}
				};

				const onAbort = (): void => {
					void look();
				};

				waiting.add(look);
				signal?.addEventListener('abort', onAbort);
				void look();
			}),
		async look() {
			await Promise.all([...waiting].map(each => each()));
		},
	};
};
