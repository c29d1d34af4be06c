import {looksPasted} from './keys.ts';

/*
 * Terminals without bracketed paste send a pasted text as if it had been typed, cut wherever the line or the kernel cut it.
 * What tells it from typing: nobody types an address, or several lines, within one read, and a paste comes without pauses.
 */

export type PasteReader = {
	/**
	 * Takes in what one read has brought. True where it belongs to a paste, which is told when it has ended; false where it
	 * is keys.
	 */
	take(input: string): boolean;
	/** Whether a paste is still coming: then also Enter and Tab belong to it. */
	isOpen(): boolean;
	/** Ends the paste that is coming: a key was pressed that is in no text. */
	end(): void;
	close(): void;
};

/** What comes later than this after the last read is not of the same paste, in milliseconds. */
const pause = 50;

/** For so long after a paste, several characters with a line end are the rest of it: a slow line pauses in the middle. */
const warmth = 1000;

/** How addresses begin: short enough to be known before its letters have done much, too long for one stroke. */
const schemeStart = /htt|ftp|sft|mag/i;

/** Keys that may have been the beginning of a paste. */
const remembered = 8;

/**
 * Collects pastes that come bare. `onPaste` gets the whole text when it has ended, and how many characters at its start had
 * been taken for keys before it was known for what it is.
 */
export const createPasteReader = (onPaste: (text: string, typed: number) => void): PasteReader => {
	let pieces: string[] = [];
	let typed = 0;
	/** Keys of the last moment. */
	let recent = '';
	let timer: NodeJS.Timeout | undefined;
	let cooling: NodeJS.Timeout | undefined;
	let round = 0;

	const end = (): void => {
		clearTimeout(timer);
		round++;
		recent = '';
		if (pieces.length === 0) return;
		const [text, before] = [pieces.join(''), typed];
		pieces = [];
		typed = 0;
		clearTimeout(cooling);
		cooling = setTimeout(() => {
			cooling = undefined;
		}, warmth);
		onPaste(text, before);
	};
	/** After a pause; but what came while the program was busy is read before it is called one. */
	const endSoon = (): void => {
		clearTimeout(timer);
		const own = ++round;
		timer = setTimeout(() => setImmediate(() => setImmediate(() => (own === round ? end() : undefined))), pause);
	};
	const begin = (text: string, before: number): true => {
		pieces = [text];
		typed = before;
		recent = '';
		endSoon();
		return true;
	};
	return {
		take(input) {
			if (pieces.length > 0) {
				pieces.push(input);
				endSoon();
				return true;
			}

			if (cooling !== undefined && input.length > 1 && /[\r\n]/.test(input)) return begin(input, 0);
			const joined = recent + input;
			const start = joined.search(schemeStart);
			const isBegun = start !== -1 && start < recent.length;
			if (isBegun) return begin(joined.slice(start), recent.length - start);
			if (looksPasted(input) || start === recent.length) return begin(input, 0);
			recent = joined.slice(-remembered);
			endSoon();
			return false;
		},
		isOpen: () => pieces.length > 0,
		end,
		close() {
			clearTimeout(timer);
			clearTimeout(cooling);
			round++;
			pieces = [];
		},
	};
};
