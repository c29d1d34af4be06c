import type {WriteStream} from 'node:tty';
import {toAscii} from '../ascii.ts';
import {setBlocking} from '../terminal-handle.ts';

/** The only one that writes on the terminal: text behind text, never anywhere else. */
export type Writer = {
	write(text: string): void;
	/** Resolves when the terminal has taken everything, or after so many milliseconds. */
	close(patience?: number): Promise<void>;
};

/** A terminal that is not read gets no more than this; what comes then is left out. */
const mostWaiting = 65_536;

export const createWriter = (terminal: WriteStream, isAscii: boolean): Writer => {
	// A terminal that is not read must not stop the downloads.
	setBlocking(terminal, false);
	let isLossy = false;
	const send = (text: string, onWritten?: () => void): void => {
		try {
			terminal.write(isAscii ? toAscii(text) : text, () => onWritten?.());
		} catch {
			// Destroyed between the check and the write; its 'error' or 'close' tells the reader.
		}
	};
	return {
		write(text) {
			if (terminal.destroyed || !terminal.writable) return;
			if (terminal.writableLength > mostWaiting) {
				isLossy = true;
				return;
			}

			send(isLossy ? `\n(some lines were left out)\n${text}` : text);
			isLossy = false;
		},
		async close(patience = 1000) {
			if (!terminal.destroyed && terminal.writable)
				await new Promise<void>(resolve => {
					const timer = setTimeout(resolve, patience);
					send('', () => {
						clearTimeout(timer);
						resolve();
					});
				});
			if (!terminal.destroyed) setBlocking(terminal, true);
		},
	};
};
