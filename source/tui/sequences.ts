import type {Heard} from './decode.ts';
import type {KeyName} from './keys.ts';

/*
 * Sequences of terminals: xterm, the consoles of Linux and the BSDs, rxvt, tmux and screen. What means no key of ours is
 * taken in and dropped, so that its characters are never read as keys.
 */

/** Longer than any sequence of a keyboard, and than the answers of terminals. */
const longestSequence = 4096;

/** What stands at the beginning of an input, and how many characters it takes. */
export type Step =
	| {readonly type: 'unfinished'}
	| {readonly type: 'paste-begins'; readonly length: number}
	| {readonly type: 'heard'; readonly heard: Heard | undefined; readonly length: number};

/** The first key, text or sequence of an input that is not empty. */
export const nextStep = (input: string): Step => {
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
