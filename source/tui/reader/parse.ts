/** What was said: the word, the numbers in it, and the rest as it stands. */
export type Said = {
	readonly word: string;
	/** Numbers of the last list, ranges written out, in order. */
	readonly numbers: readonly number[];
	/** Words that are no numbers. */
	readonly words: readonly string[];
	/** Everything behind the first word, untouched. */
	readonly rest: string;
};

/** More than a list ever has. */
const mostNumbers = 1000;

/**
 * A line as a person says it: `pause 2`, `2 pause`, `p2`, `2p`, `cancel 3-5 8`. A number alone asks for that job; an address
 * alone is added.
 */
export const parse = (line: string): Said => {
	const text = line.trim();
	if (isAddress(text)) return {word: 'add', numbers: [], words: [text], rest: text};
	const joined = /^(\d+)\s*([a-z!]+)$|^([a-z!?])\s*(\d+)$/i.exec(text);
	const tokens =
		joined === null
			? text.split(/[\s,]+/).filter(token => token !== '')
			: [joined[2] ?? joined[3] ?? '', joined[1] ?? joined[4] ?? ''];
	const first = tokens.findIndex(token => !isNumbers(token));
	const word = first === -1 ? '' : (tokens[first] ?? '');
	const others = tokens.filter((_token, index) => index !== first);
	return {
		word: /^.$/.test(word) ? word : word.toLowerCase(),
		numbers: others.filter(token => isNumbers(token)).flatMap(token => numbersOf(token)),
		words: others.filter(token => !isNumbers(token)),
		rest: text.replace(/^\S+\s*/, ''),
	};
};

/** Whether a line is a source rather than a command. */
export const isAddress = (text: string): boolean => /^[a-z][\w+.-]*:\/\/\S+$|^magnet:\S+$/i.test(text);

const isNumbers = (token: string): boolean => /^\d{1,6}(?:-\d{1,6})?$/.test(token);

const numbersOf = (token: string): readonly number[] => {
	const [from = 0, to = from] = token.split('-').map(Number);
	const length = Math.min(Math.max(0, to - from + 1), mostNumbers);
	return Array.from({length}, (_, index) => from + index);
};
