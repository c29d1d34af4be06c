import {exitCodes} from './verb.ts';

export type StopRequest = {
	/** Aborted by the first SIGINT or SIGTERM. */
	readonly signal: AbortSignal;
	release(): void;
};

/**
 * Turns SIGINT and SIGTERM into a request to stop cleanly; a second one ends the process at once. SIGHUP is taken and
 * ignored: the scheduler outlives its terminal. Without a terminal, `onHangup` hears it.
 */
export const listenForStop = (
	onFirst: (signal: NodeJS.Signals) => void,
	onHangup: () => void = ignored,
): StopRequest => {
	const controller = new AbortController();
	const onSignal = (signal: NodeJS.Signals): void => {
		if (controller.signal.aborted) {
			// Tools in groups of their own are ended by what runs at exit.
			process.exit(signal === 'SIGINT' ? exitCodes.interrupted : 143);
		}

		controller.abort();
		onFirst(signal);
	};
	process.on('SIGINT', onSignal);
	process.on('SIGTERM', onSignal);
	process.on('SIGHUP', onHangup);
	return {
		signal: controller.signal,
		release() {
			process.off('SIGINT', onSignal);
			process.off('SIGTERM', onSignal);
			process.off('SIGHUP', onHangup);
		},
	};
};

const ignored = (): void => undefined;

/** Whether a terminal can hang up on this process. */
export const hasTerminal = (): boolean => process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;

/** Resolves when the signal is aborted. */
export const aborted = async (signal: AbortSignal): Promise<void> => {
	if (signal.aborted) return;
	await new Promise<void>(resolve => {
		signal.addEventListener('abort', () => resolve(), {once: true});
	});
};
