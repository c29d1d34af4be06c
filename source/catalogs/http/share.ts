/**
 * Lets those who ask the same at the same time share one answer. Each may leave by its signal; the work is aborted when
 * all have left. Undefined for who has left.
 */
export const createShare = <Result>(): ((
	key: string,
	signal: AbortSignal,
	work: (signal: AbortSignal) => Promise<Result>,
) => Promise<Result | undefined>) => {
	const going = new Map<string, {readonly result: Promise<Result>; readonly abort: AbortController; waiting: number}>();
	return (key, signal, work) => {
		if (signal.aborted) return Promise.resolve(undefined);
		let shared = going.get(key);
		if (shared === undefined) {
			const abort = new AbortController();
			const result = work(abort.signal).finally(() => {
				if (going.get(key)?.abort === abort) going.delete(key);
			});
			shared = {result, abort, waiting: 0};
			going.set(key, shared);
		}

		return wait(shared, signal, () => {
			// Whoever asks from now on asks anew.
			going.delete(key);
		});
	};
};

const wait = <Result>(
	shared: {readonly result: Promise<Result>; readonly abort: AbortController; waiting: number},
	signal: AbortSignal,
	onDeserted: () => void,
): Promise<Result | undefined> =>
	new Promise((resolve, reject) => {
		shared.waiting += 1;
		const leave = (): void => {
			shared.waiting -= 1;
			if (shared.waiting === 0) {
				onDeserted();
				shared.abort.abort();
			}

			resolve(undefined);
		};
		signal.addEventListener('abort', leave, {once: true});
		shared.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
	});
