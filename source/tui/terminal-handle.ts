import {writeSync} from 'node:fs';
import type {WriteStream} from 'node:tty';

/** Writes at once, for about `mostTries` milliseconds at most. */
export const writeNow = (terminal: WriteStream, text: string): void => {
	const {_handle: handle, fd} = terminal as WriteStream & {readonly _handle?: {readonly fd?: number}; fd?: number};
	// libuv opens the terminal a second time for itself; that descriptor does not block, the first one does.
	const descriptor = handle?.fd ?? fd;
	if (descriptor === undefined || descriptor < 0) return;
	let left = Buffer.from(text);
	for (let tries = 0; tries < mostTries && left.length > 0; tries++) {
		try {
			left = left.subarray(writeSync(descriptor, left));
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
		}
	}
};

const mostTries = 100;

/**
 * Node 24 opens terminals in blocking mode, so that a terminal that is not read stops the process. There is no public way
 * to choose; the handle's method is what Node itself calls. Streams without one (tests, pipes) need none.
 */
export const setBlocking = (terminal: WriteStream, isBlocking: boolean): void => {
	const {_handle: handle} = terminal as WriteStream & {
		readonly _handle?: {readonly setBlocking?: (isBlocking: boolean) => void};
	};
	handle?.setBlocking?.(isBlocking);
};

/**
 * Asks the terminal for its size, which Node otherwise does at SIGWINCH alone; that signal can get lost. Costs 1 µs. Where
 * the size is another one, the terminal emits 'resize' as ever; where it has gone, 'error'.
 */
export const lookAtSize = (terminal: WriteStream): void => {
	if (terminal.destroyed) return;
	const {_refreshSize: refreshSize} = terminal as WriteStream & {readonly _refreshSize?: () => void};
	try {
		refreshSize?.call(terminal);
	} catch {
		// Nobody listens for errors any more: the screen is on its way out.
	}
};
