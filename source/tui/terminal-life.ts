import type {ReadStream, WriteStream} from 'node:tty';

/*
 * A terminal that is taken and given back, or lost.
 */

/** Stops reading keys, and lets the terminal have its lines again. */
export const releaseInput = (stdin: ReadStream): void => {
	if (stdin.destroyed) return;
	stdin.setRawMode(false);
	stopReading(stdin);
};

/**
 * What reads by 'readable' lets Node go on reading ahead. A process in the background that reads its terminal is stopped by
 * the kernel; `pause` does nothing for a stream that is not flowing.
 */
const stopReading = (stdin: ReadStream): void => {
	const {_handle: handle, _readableState: state} = stdin as ReadStream & {
		readonly _handle?: {reading?: boolean; readonly readStop?: () => void};
		readonly _readableState?: {reading?: boolean};
	};
	if (handle?.reading !== true) return;
	handle.reading = false;
	handle.readStop?.();
	// As Node does for its own pause: otherwise it waits for that read for ever and begins no other.
	if (state !== undefined) state.reading = false;
};

/** Signals that nobody else takes end the process as they always do, but only when the terminal is as it was. */
export const restoreAtSignals = (restore: () => void): (() => void) => {
	const uncaught = (['SIGTERM', 'SIGINT', 'SIGQUIT'] as const).filter(name => process.listenerCount(name) === 0);
	const release = (): void => {
		for (const name of uncaught) process.off(name, end);
	};
	const end = (name: NodeJS.Signals): void => {
		restore();
		release();
		process.kill(process.pid, name);
	};
	for (const name of uncaught) process.on(name, end);
	return release;
};

/**
 * A lost terminal shows itself as SIGHUP, as the end of stdin, or as EIO or EPIPE on either stream; often as several of
 * them, and more than once. After a hangup the listeners stay, because a second signal would end the process.
 */
export const listenForEnd = (
	stdin: ReadStream,
	stdout: WriteStream,
	onHangup: () => void,
): ((end: {readonly reason: string}) => void) => {
	process.on('SIGHUP', onHangup);
	stdout.on('error', onHangup);
	stdout.on('close', onHangup);
	stdin.on('error', onHangup);
	stdin.on('end', onHangup);
	stdin.on('close', onHangup);
	return end => {
		if (end.reason === 'hangup') return;
		process.removeListener('SIGHUP', onHangup);
		stdout.removeListener('error', onHangup);
		stdout.removeListener('close', onHangup);
		stdin.removeListener('error', onHangup);
		stdin.removeListener('end', onHangup);
		stdin.removeListener('close', onHangup);
	};
};
