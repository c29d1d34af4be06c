import {useInput, usePaste} from 'ink';
import {paste} from './editing.ts';
import {keysOf, looksPasted} from './keys.ts';
import {press} from './press.ts';
import type {ScreenModel} from './screen.ts';

/** The only place that hears the keyboard. What comes in one read is one key after the other. */
export const Keyboard = ({screen}: {readonly screen: ScreenModel}): null => {
	useInput((input, key) => {
		if (looksPasted(input)) {
			paste(screen, input);
			return;
		}

		for (const name of keysOf(input, key)) press(screen, name);
	});
	usePaste(text => paste(screen, text));
	return null;
};
