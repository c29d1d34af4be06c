/** How a terminal draws what comes next: the state that SGR sequences change. The same looks are the same object. */
export type Pen = {
	/** SGR parameters such as `36` or `38;2;0;135;0`; empty for the terminal's own colour. */
	readonly foreground: string;
	readonly background: string;
	/** One bit for each row of `attributes`. */
	readonly attributes: number;
	/** The pen that makes a space look the same: for most it is the plain one. */
	readonly onBlank: Pen;
};

export type Pens = {
	readonly plain: Pen;
	/** The pen after a sequence with these parameters (`1;36`); what is not known does not change it. */
	after(pen: Pen, parameters: string): Pen;
};

type Attribute = {readonly on: string; readonly off: string; readonly isOnBlank: boolean};

/** In the order of their bits. Bold and dim are ended by the same code. */
const attributes: readonly Attribute[] = [
	{on: '1', off: '22', isOnBlank: false},
	{on: '2', off: '22', isOnBlank: false},
	{on: '3', off: '23', isOnBlank: false},
	{on: '4', off: '24', isOnBlank: true},
	{on: '5', off: '25', isOnBlank: true},
	{on: '7', off: '27', isOnBlank: true},
	{on: '8', off: '28', isOnBlank: true},
	{on: '9', off: '29', isOnBlank: true},
	{on: '53', off: '55', isOnBlank: true},
];

const bitsWhere = (holds: (attribute: Attribute) => boolean): number =>
	attributes.reduce((bits, attribute, index) => (holds(attribute) ? bits | (1 << index) : bits), 0);

const seenOnBlank = bitsWhere(attribute => attribute.isOnBlank);

/** Pens that are kept; a screen has a few dozen. */
const mostPens = 1000;

/** A box of pens: asked for the same looks it gives the same object, so that looks are compared at no cost. */
export const createPens = (): Pens => {
	const known = new Map<string, Pen>();
	const penOf = (foreground: string, background: string, bits: number): Pen => {
		const key = `${bits} ${foreground} ${background}`;
		const found = known.get(key);
		if (found !== undefined) return found;
		const isOnBlank = background !== '' || (bits & seenOnBlank) !== 0;
		// Only a pen that shows on a space is its own `onBlank`.
		const pen = {foreground, background, attributes: bits} as {-readonly [Key in keyof Pen]: Pen[Key]};
		pen.onBlank = isOnBlank || key === '0  ' ? pen : plain;
		if (known.size < mostPens) known.set(key, pen);
		return pen;
	};

	const plain = penOf('', '', 0);
	const changed = ({foreground, background, attributes: bits}: Pen, parameters: string): Pen => {
		for (const code of codesOf(parameters)) {
			const number = Number(code.split(/[;:]/, 1)[0]);
			if (number === 0) [foreground, background, bits] = ['', '', 0];
			else if (number === 39) foreground = '';
			else if (number === 49) background = '';
			else if ((number >= 30 && number <= 38) || (number >= 90 && number <= 97)) foreground = code;
			else if ((number >= 40 && number <= 48) || (number >= 100 && number <= 107)) background = code;
			else {
				bits |= bitsWhere(({on}) => on === code);
				bits &= ~bitsWhere(({off}) => off === code);
			}
		}

		return penOf(foreground, background, bits);
	};
	// The same few changes come again with every row.
	const changes = new WeakMap<Pen, Map<string, Pen>>();
	return {
		plain,
		after(pen, parameters) {
			let ofPen = changes.get(pen);
			if (ofPen === undefined || ofPen.size > mostPens) changes.set(pen, (ofPen = new Map<string, Pen>()));
			let next = ofPen.get(parameters);
			if (next === undefined) ofPen.set(parameters, (next = changed(pen, parameters)));
			return next;
		},
	};
};

/** The codes in `1;38;5;208;4`: colours in several numbers are one. */
const codesOf = (parameters: string): readonly string[] => {
	const numbers = parameters.split(';');
	const codes: string[] = [];
	for (let index = 0; index < numbers.length; index++) {
		const number = numbers[index] ?? '';
		const isLong = number === '38' || number === '48' || number === '58';
		const taken = !isLong ? 1 : numbers[index + 1] === '5' ? 3 : numbers[index + 1] === '2' ? 5 : 1;
		codes.push(numbers.slice(index, index + taken).join(';'));
		index += taken - 1;
	}

	return codes;
};

/** The shortest sequence that turns one pen into another: only what differs, or everything from nothing. */
export const penChange = (from: Pen, to: Pen): string => {
	if (from === to) return '';
	const kept = from.attributes & to.attributes;
	const lost = from.attributes & ~to.attributes;
	const ended = new Set(attributes.filter((_, index) => (lost & (1 << index)) !== 0).map(({off}) => off));
	const isOn = (bits: number): readonly string[] =>
		attributes.filter((_, index) => (bits & (1 << index)) !== 0).map(({on}) => on);
	// What ends bold ends dim as well.
	const revived = bitsWhere(({off}) => ended.has(off)) & kept;
	const change = [
		...ended,
		...isOn((to.attributes & ~from.attributes) | revived),
		...(from.foreground === to.foreground ? [] : [to.foreground === '' ? '39' : to.foreground]),
		...(from.background === to.background ? [] : [to.background === '' ? '49' : to.background]),
	].join(';');
	const fresh = ['', ...isOn(to.attributes), to.foreground, to.background]
		.filter((code, index) => index === 0 || code !== '')
		.join(';');
	const short = fresh === '' ? '' : `0${fresh}`;
	return `\u001B[${short.length < change.length ? short : change}m`;
};
