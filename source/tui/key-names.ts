import type {KeyName} from './keys.ts';

/** What config.toml may call a key, and what it is called here; or why it is none. */
export type ParsedKey = {readonly ok: true; readonly name: KeyName} | {readonly ok: false; readonly problem: string};

const named: Readonly<Record<string, KeyName>> = {
	up: 'up',
	down: 'down',
	left: 'left',
	right: 'right',
	pageup: 'pageup',
	pgup: 'pageup',
	pagedown: 'pagedown',
	pgdn: 'pagedown',
	home: 'home',
	end: 'end',
	insert: 'insert',
	delete: 'delete',
	del: 'delete',
	tab: 'tab',
	enter: 'enter',
	return: 'enter',
	escape: 'escape',
	esc: 'escape',
	backspace: 'backspace',
	space: ' ',
	...Object.fromEntries(Array.from({length: 12}, (_, index) => [`f${index + 1}`, `f${index + 1}`])),
};

/** Keys that terminals send as another one. */
const twins: Readonly<Record<string, string>> = {
	'ctrl-i': 'tab',
	'ctrl-m': 'enter',
	'ctrl-j': 'enter',
	'ctrl-h': 'backspace',
	'ctrl-[': 'escape',
	'ctrl-@': 'ctrl-space',
};

/** Reads the name of a key: `x`, `X`, `space`, `pagedown`, `f5`, `ctrl-x`, `alt-x`, `shift-tab`, `ctrl-left`. */
export const parseKeyName = (text: string): ParsedKey => {
	const {modifiers, rest} = splitModifiers(text);
	const isSingle = [...rest].length === 1 && rest > ' ' && rest !== '\u007F';
	const name = isSingle ? rest : named[rest.toLowerCase()];
	if (name === undefined)
		return {ok: false, problem: 'is no key; keys are x, X, space, enter, pagedown, f5, ctrl-x, alt-x'};
	const isChar = isSingle || name === ' ';
	if (modifiers.has('shift') && isChar) return {ok: false, problem: `is written "${rest.toUpperCase()}"`};
	if (modifiers.has('ctrl') && isChar) return withControl(modifiers, name);
	const spelled = spell(modifiers, name);
	const twin = twins[spelled];
	return twin === undefined
		? {ok: true, name: spelled}
		: {ok: false, problem: `is sent as ${twin} by terminals; write that`};
};

const withControl = (modifiers: ReadonlySet<string>, name: KeyName): ParsedKey => {
	const lower = name === ' ' ? 'space' : name.toLowerCase();
	const spelled = spell(modifiers, lower);
	const twin = twins[spelled];
	if (twin !== undefined) return {ok: false, problem: `is sent as ${twin} by terminals; write that`};
	return lower === 'space' || /^[a-z\\\]^_]$/.test(lower)
		? {ok: true, name: spelled}
		: {ok: false, problem: 'is no key that terminals can send; with ctrl go the letters a to z'};
};

const order = ['ctrl', 'alt', 'shift'] as const;

const spell = (modifiers: ReadonlySet<string>, name: string): KeyName =>
	[...order.filter(modifier => modifiers.has(modifier)), name].join('-');

const splitModifiers = (text: string): {readonly modifiers: ReadonlySet<string>; readonly rest: string} => {
	const modifiers = new Set<string>();
	let rest = text;
	for (;;) {
		const found = /^(ctrl|alt|shift)[-+](?=.)/i.exec(rest);
		if (found === null) return {modifiers, rest};
		modifiers.add((found[1] ?? '').toLowerCase());
		rest = rest.slice(found[0].length);
	}
};
