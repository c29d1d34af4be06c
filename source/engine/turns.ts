/** Who may do something at the same time: acts go on beside each other, taking one back waits for all of them and they for it. */
export type Turns = {
	together<Result>(work: () => Promise<Result>): Promise<Result>;
	alone<Result>(work: () => Promise<Result>): Promise<Result>;
	/** Not while something is taken back; acts go on. */
	besideActs<Result>(work: () => Promise<Result>): Promise<Result>;
};

export const createTurns = (): Turns => {
	const going = new Set<Promise<unknown>>();
	let lastAlone: Promise<unknown> = Promise.resolve();
	let waiting = 0;
	return {
		async together(work) {
			// Without a pause where nobody is alone: who comes next finds it among those that go on.
			while (waiting > 0) await lastAlone;
			const own = work();
			const settled = own.catch(() => undefined);
			going.add(settled);
			return own.finally(() => going.delete(settled));
		},
		alone(work) {
			waiting++;
			const own = lastAlone
				.then(async () => {
					await Promise.all(going);
					return work();
				})
				.finally(() => {
					waiting--;
				});
			lastAlone = own.catch(() => undefined);
			return own;
		},
		besideActs(work) {
			const own = lastAlone.then(work);
			lastAlone = own.catch(() => undefined);
			return own;
		},
	};
};
