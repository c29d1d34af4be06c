import type {Engine} from '../engine/ports.ts';

/**
 * Looks now, and again whenever the engine's snapshot has changed, until the look says that it is over. Looks never
 * overlap; changes while one is under way lead to one more.
 *
 * @param interval also looks after so many milliseconds without a change
 */
export const onChange = async (engine: Engine, look: () => Promise<boolean>, interval?: number): Promise<void> => {
	let wake: (() => void) | undefined;
	let isStale = false;
	const unsubscribe = engine.subscribe(() => {
		isStale = true;
		wake?.();
	});
	try {
		while (!(await look())) {
			if (!isStale)
				await new Promise<void>(resolve => {
					const timer = interval === undefined ? undefined : setTimeout(resolve, interval);
					wake = () => {
						clearTimeout(timer);
						resolve();
					};
				});
			isStale = false;
		}
	} finally {
		unsubscribe();
	}
};
