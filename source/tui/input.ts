import {createDecoder, type Heard} from './decode.ts';
import {paste, unwrite} from './editing.ts';
import {keysOf} from './keys.ts';
import {createPasteReader} from './paste-reader.ts';
import {press} from './press.ts';
import type {ScreenModel} from './screen.ts';
import {say} from './sending.ts';
import {topOverlay} from './ui-store.ts';

/** Takes what the terminal sends, in the pieces in which it comes. */
export type Input = {
	hear(chunk: string): void;
	close(): void;
};

/** Carries out what is typed, key by key; what is pasted is never read as keys. */
export const createInput = (screen: ScreenModel): Input => {
	const decoder = createDecoder();
	const bare = createPasteReader((text, typed) => {
		unwrite(screen, typed);
		paste(screen, text, true);
	});
	let timer: NodeJS.Timeout | undefined;
	const act = (heard: Heard): void => {
		switch (heard.type) {
			case 'paste':
				bare.end();
				paste(screen, heard.text);
				break;
			case 'key':
				// Within a paste that comes bare, what looks like a key is a part of the text.
				if (!bare.isOpen()) press(screen, heard.name);
				break;
			case 'text':
				if (!bare.take(heard.text)) type(screen, heard.text);
				break;
		}
	};
	const wait = (): void => {
		clearTimeout(timer);
		const patience = decoder.patience();
		if (patience === undefined) return;
		timer = setTimeout(() => {
			for (const heard of decoder.flush()) act(heard);
			if (decoder.isPasting()) say(screen, 'info', 'a paste is coming in; Esc ends it');
			wait();
		}, patience);
	};
	return {
		hear(chunk) {
			for (const heard of decoder.push(chunk)) act(heard);
			wait();
		},
		close() {
			clearTimeout(timer);
			bare.close();
		},
	};
};

/** A question is answered with one key. More than this in one read was not typed for it. */
const mostForQuestions = 3;

const type = (screen: ScreenModel, text: string): void => {
	const open = topOverlay(screen.ui.getState())?.type;
	if ((open === 'confirm' || open === 'quit') && text.length > mostForQuestions) {
		say(screen, 'warning', 'that was more than an answer, and nothing was done; once more, please');
		return;
	}

	for (const key of keysOf(text)) press(screen, key);
};
