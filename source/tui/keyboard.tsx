import {useStdin} from 'ink';
import {useEffect} from 'react';
import type {ReadStream} from 'node:tty';
import {createInput} from './input.ts';
import type {ScreenModel} from './screen.ts';

/** The only place that hears the keyboard; it reads the terminal itself, because Ink would read keys into what it does not know. */
export const Keyboard = ({screen}: {readonly screen: ScreenModel}): null => {
	const stdin = useStdin().stdin as ReadStream;
	useEffect(() => {
		const input = createInput(screen);
		const read = (): void => {
			for (;;) {
				const chunk: unknown = stdin.read();
				if (chunk === null) return;
				input.hear(String(chunk));
			}
		};
		stdin.setEncoding('utf8');
		stdin.ref();
		if (stdin.isTTY) stdin.setRawMode(true);
		stdin.on('readable', read);
		// What was typed before the screen was there.
		read();
		return () => {
			stdin.off('readable', read);
			input.close();
			if (stdin.isTTY && !stdin.destroyed) stdin.setRawMode(false);
			stdin.unref();
		};
	}, [screen, stdin]);
	return null;
};
