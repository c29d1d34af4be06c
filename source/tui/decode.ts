import type {KeyName} from './keys.ts';
import {nextStep, type Step} from './sequences.ts';

/*
 * What a terminal sends, as keys, text and pastes. By hand, because Ink 8.0 takes a sequence that comes in two reads more
 * than 20 ms apart for the keys that its characters would be (an arrow over a slow line is `[` and `A`), and hears nothing
 * any more when the end of a paste got lost.
 */

export type Heard =
	/** A key that has a name, such as `up`, `ctrl-d`, `alt-x`. */
	| {readonly type: 'key'; readonly name: KeyName}
	/** Characters that came together, with Enter as `\r` and Tab as `\t`: keys, or a paste that came bare. */
	| {readonly type: 'text'; readonly text: string}
	/** What stood between the marks of a paste, as it came. */
	| {readonly type: 'paste'; readonly text: string};

export type Decoder = {
	/** What a read has brought, in order. The rest of a sequence that is not complete is kept for the next one. */
	push(chunk: string): readonly Heard[];
	/** How many milliseconds to wait for the rest of what is kept before `flush`; undefined where nothing is kept. */
	patience(): number | undefined;
	/** What is kept, without its rest. */
	flush(): readonly Heard[];
	/** A paste has begun and not ended. */
	isPasting(): boolean;
};

/** A lone Escape is a key, unless the rest of a sequence comes at once. */
const escapePatience = 25;
/** Sequences come cut into pieces over slow lines. */
const sequencePatience = 400;
/** A paste with no end for so long may be ended by a lone Escape or Ctrl-c. */
const pastePatience = 1500;

const pasteEnd = '\u001B[201~';

export const createDecoder = (): Decoder => {
	let kept = '';
	/** Text of the paste that is coming. */
	let pasted: string[] | undefined;
	let isPasteStale = false;

	const endPaste = (out: Heard[]): void => {
		if (pasted !== undefined) out.push({type: 'paste', text: pasted.join('')});
		pasted = undefined;
		isPasteStale = false;
	};
	/** Takes what belongs to the paste; returns what follows its end, or undefined where it has not come yet. */
	const takePaste = (input: string, out: Heard[]): string | undefined => {
		const end = input.indexOf(pasteEnd);
		if (end !== -1) {
			pasted?.push(input.slice(0, end));
			endPaste(out);
			return input.slice(end + pasteEnd.length);
		}

		// Its end may come cut in two.
		const possible = partialEnd(input);
		pasted?.push(input.slice(0, input.length - possible));
		kept = input.slice(input.length - possible);
		return undefined;
	};

	const push = (chunk: string): readonly Heard[] => {
		const out: Heard[] = [];
		if (pasted !== undefined && isPasteStale && (chunk === '\u001B' || chunk === '\u0003')) {
			endPaste(out);
			kept = '';
			return out;
		}

		isPasteStale = false;
		let input: string | undefined = kept + chunk;
		kept = '';
		while (input !== undefined && input !== '') {
			if (pasted !== undefined) {
				input = takePaste(input, out);
				continue;
			}

			const step: Step = nextStep(input);
			if (step.type === 'unfinished') {
				kept = input;
				break;
			}

			if (step.type === 'paste-begins') pasted = [];
			else if (step.heard !== undefined) out.push(step.heard);
			input = input.slice(step.length);
		}

		return out;
	};
	return {
		push,
		patience: () =>
			pasted !== undefined
				? isPasteStale
					? undefined
					: pastePatience
				: kept === ''
					? undefined
					: kept === '\u001B' || kept === '\u001B\u001B'
						? escapePatience
						: sequencePatience,
		flush() {
			if (pasted !== undefined) {
				isPasteStale = true;
				return [];
			}

			const rest = kept;
			kept = '';
			return flushed(rest);
		},
		isPasting: () => pasted !== undefined,
	};
};

/** How many characters at the end of a text could be the beginning of a paste's end. */
const partialEnd = (text: string): number => {
	for (let length = Math.min(pasteEnd.length - 1, text.length); length > 0; length--) {
		if (pasteEnd.startsWith(text.slice(-length))) return length;
	}

	return 0;
};

/** What was kept when its rest does not come: Escape as often as it stands there, and a character with Alt. */
const flushed = (rest: string): readonly Heard[] => {
	const escape: Heard = {type: 'key', name: 'escape'};
	if (rest === '\u001B') return [escape];
	if (rest === '\u001B\u001B') return [escape, escape];
	// The answer of a terminal that was cut off, or Alt with the character that begins one: nothing is lost with it.
	const alone = /^\u001B([[O\]P_^])$/.exec(rest)?.[1];
	return alone === undefined ? [] : [{type: 'key', name: `alt-${alone}`}];
};
