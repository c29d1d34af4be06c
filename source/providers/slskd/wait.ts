import type {Duration} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';

/** Waits so long, or until the signal is aborted: false then. */
export const pause = (clock: Pick<Clock, 'now' | 'at'>, duration: Duration, signal: AbortSignal): Promise<boolean> =>
	new Promise(resolve => {
		if (signal.aborted) return resolve(false);
		const settle = (isOver: boolean): void => {
			cancel();
			signal.removeEventListener('abort', stop);
			resolve(isOver);
		};
		const stop = (): void => settle(false);
		const cancel = clock.at(clock.now() + duration, () => settle(true));
		signal.addEventListener('abort', stop);
		return undefined;
	});

/** The result, or undefined as soon as the signal is aborted. */
export const unlessAborted = async <Result>(
	working: Promise<Result>,
	signal: AbortSignal,
): Promise<Result | undefined> => {
	const {promise, resolve} = Promise.withResolvers<undefined>();
	const stop = (): void => resolve(undefined);
	if (signal.aborted) stop();
	else signal.addEventListener('abort', stop, {once: true});
	try {
		return await Promise.race([working, promise]);
	} finally {
		signal.removeEventListener('abort', stop);
	}
};
