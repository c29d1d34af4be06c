import type {KeyName} from './keys.ts';

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

/** Longer than any sequence of a keyboard, and than the answers of terminals. */
const longestSequence = 4096;

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

type Step =
	| {readonly type: 'unfinished'}
	| {readonly type: 'paste-begins'; readonly length: number}
	| {readonly type: 'heard'; readonly heard: Heard | undefined; readonly length: number};

const nextStep = (input: string): Step => {
	const [first = ''] = input;
	if (first === '\u001B' || first === '\u009B') return escapeStep(input);
	const named = controlName(first);
	if (named !== undefined) return heardKey(named, 1);
	// Everything up to the next control has come as one; `\r`, `\n` and `\t` are in texts too.
	const text = /^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]+/u.exec(input)?.[0];
	// A control that no keyboard sends.
	if (text === undefined) return {type: 'heard', heard: undefined, length: 1};
	return {type: 'heard', heard: {type: 'text', text}, length: text.length};
};

/** The key of a control character; Enter and Tab are told as text. */
const controlName = (character: string): KeyName | undefined => {
	const code = character.charCodeAt(0);
	if (code === 0x7f || code === 0x08) return 'backspace';
	if (code === 0x00) return 'ctrl-space';
	if (code === 0x09 || code === 0x0a || code === 0x0d || code === 0x1b || code > 0x1f) return undefined;
	return `ctrl-${String.fromCharCode(code < 0x1b ? code + 0x60 : code + 0x40)}`;
};

const escapeStep = (input: string): Step => {
	const isShort = input.startsWith('\u009B');
	const kind = isShort ? '[' : input[1];
	const start = isShort ? 1 : 2;
	switch (kind) {
		case undefined:
			return {type: 'unfinished'};
		case '\u001B':
			// Of several, each is a key; the last may begin a sequence.
			return input.length === 2 ? {type: 'unfinished'} : heardKey('escape', 1);
		case '[':
			return csiStep(input, start);
		case 'O':
			return ss3Step(input);
		case ']':
		case 'P':
		case '_':
		case '^':
			return answerStep(input);
		default:
			return altStep(input);
	}
};

/** `ESC [ parameters final`: most keys, and the marks of a paste. */
const csiStep = (input: string, start: number): Step => {
	const rest = input.slice(start, start + longestSequence);
	// The console of Linux: `[[A`; rxvt with Shift ends in `$`.
	const found = /^(?:\[[A-E]|\d\$|[\u0030-\u003F]*[\u0020-\u002F]*[\u0040-\u007E])/.exec(rest)?.[0];
	if (found === undefined) {
		if (/^\[?$|^[\u0020-\u003F]*$/.test(rest) && rest.length < longestSequence) return {type: 'unfinished'};
		// Something that is no sequence: what was understood of it is not taken for keys.
		const broken = /^[\u0020-\u003F]*/.exec(rest)?.[0].length ?? 0;
		return {type: 'heard', heard: undefined, length: start + broken};
	}

	const length = start + found.length;
	if (found === '200~') return {type: 'paste-begins', length};
	// Three bytes of a mouse that nobody asked for.
	if (found === 'M') return input.length < length + 3 ? {type: 'unfinished'} : unknown(length + 3);
	const name = csiName(found);
	return name === undefined ? unknown(length) : heardKey(name, length);
};

const letters: Readonly<Record<string, KeyName>> = {
	A: 'up',
	B: 'down',
	C: 'right',
	D: 'left',
	F: 'end',
	H: 'home',
	P: 'f1',
	Q: 'f2',
	R: 'f3',
	S: 'f4',
};

const numbers: Readonly<Record<string, KeyName>> = {
	1: 'home',
	2: 'insert',
	3: 'delete',
	4: 'end',
	5: 'pageup',
	6: 'pagedown',
	7: 'home',
	8: 'end',
	...Object.fromEntries(
		[11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24].map((number, index) => [number, `f${index + 1}`]),
	),
};

const csiName = (sequence: string): KeyName | undefined => {
	if (sequence === 'Z') return 'shift-tab';
	const lettered = /^(?:1?(?:;(\d+))?)?([A-Z])$/.exec(sequence);
	if (lettered !== null) return withModifiers(letters[lettered[2] ?? ''], lettered[1]);
	const numbered = /^(\d+)(?:;(\d+))?([~^$@])$/.exec(sequence);
	if (numbered !== null) {
		// rxvt tells modifiers by the last character.
		const modifiers = numbered[2] ?? {'^': '5', $: '2', '@': '6'}[numbered[3] ?? ''];
		return withModifiers(numbers[numbered[1] ?? ''], modifiers);
	}

	const console = /^\[([A-E])$/.exec(sequence)?.[1];
	if (console !== undefined) return `f${console.charCodeAt(0) - 64}`;
	const shifted = /^([a-d])$/.exec(sequence)?.[1];
	return shifted === undefined ? undefined : withModifiers(letters[shifted.toUpperCase()], '2');
};

/** xterm counts from 1: Shift 1, Alt 2, Control 4. */
const withModifiers = (name: KeyName | undefined, text: string | undefined): KeyName | undefined => {
	if (name === undefined) return undefined;
	const bits = text === undefined ? 0 : Number(text) - 1;
	// Those of the other keys are for the window manager.
	if (bits < 0 || bits > 7) return undefined;
	return `${(bits & 4) === 0 ? '' : 'ctrl-'}${(bits & 2) === 0 ? '' : 'alt-'}${(bits & 1) === 0 ? '' : 'shift-'}${name}`;
};

/** `ESC O letter`: arrows and Enter of keypads in application mode, function keys. */
const ss3Step = (input: string): Step => {
	const found = /^\u001BO(?:1?;?(\d+))?([A-Za-z])/.exec(input);
	if (found === null) {
		return /^\u001BO[\d;]{0,8}$/.test(input) ? {type: 'unfinished'} : heardKey('alt-O', 2);
	}

	const [whole, modifiers, letter = ''] = found;
	if (letter === 'M') return heardKey('enter', whole.length);
	const name = /^[a-d]$/.test(letter)
		? withModifiers(letters[letter.toUpperCase()], '5')
		: withModifiers(letters[letter], modifiers);
	return name === undefined ? unknown(whole.length) : heardKey(name, whole.length);
};

/** The answer of a terminal to a question: up to BEL or ESC \. */
const answerStep = (input: string): Step => {
	const end = /\u0007|\u001B\\/.exec(input.slice(2, longestSequence));
	if (end !== null) return unknown(2 + end.index + end[0].length);
	return input.length < longestSequence ? {type: 'unfinished'} : unknown(input.length);
};

const altStep = (input: string): Step => {
	const character = String.fromCodePoint(input.codePointAt(1) ?? 0);
	const length = 1 + character.length;
	const enters: Readonly<Record<string, KeyName>> = {'\r': 'enter', '\n': 'enter', '\t': 'tab'};
	const name = enters[character] ?? controlName(character) ?? character;
	return /^[\u0080-\u009F]$/.test(name) ? unknown(length) : heardKey(`alt-${name}`, length);
};

const heardKey = (name: KeyName, length: number): Step => ({type: 'heard', heard: {type: 'key', name}, length});

/** A sequence that means no key of ours. */
const unknown = (length: number): Step => ({type: 'heard', heard: undefined, length});

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
