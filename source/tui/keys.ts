import {graphemes} from './format.ts';

/**
 * Names of keys as the keymap writes them: one printable character, or a word such as `up`, `pagedown`, `ctrl-d`.
 */
export type KeyName = string;

/** The keys of a text that was typed: characters, Enter and Tab. */
export const keysOf = (text: string): readonly KeyName[] =>
	graphemes(text).flatMap(character => {
		switch (character) {
			case '\r':
			case '\n':
			case '\r\n':
				return ['enter'];
			case '\t':
				return ['tab'];
			default:
				// Other controls are no keys that anybody meant.
				return character < ' ' ? [] : [character];
		}
	});

/** Whether a key stands for a character that can be written into a text. */
export const isCharacter = (key: KeyName): boolean => graphemes(key).length === 1;

/**
 * Whether input that came as keys must have been a paste: terminals without bracketed paste send the text bare, and
 * nobody types an address or several lines within one read.
 */
export const looksPasted = (input: string): boolean =>
	input.length > 6 && (/[a-z][\w+.-]*:\/\//i.test(input) || /[^\r\n][\r\n]+[^\r\n]/.test(input));

const keyLabels: Readonly<Record<string, string>> = {
	up: '↑',
	down: '↓',
	left: '←',
	right: '→',
	pageup: 'PgUp',
	pagedown: 'PgDn',
	home: 'Home',
	end: 'End',
	tab: 'Tab',
	'shift-tab': 'Shift-Tab',
	enter: 'Enter',
	escape: 'Esc',
	backspace: 'Backspace',
	delete: 'Del',
	' ': 'Space',
};

const asciiLabels: Readonly<Record<string, string>> = {up: 'Up', down: 'Down', left: 'Left', right: 'Right'};

/** The keys of a row as people read them; all ten digits are one. */
export const keysLabel = (keys: readonly KeyName[], isAscii = false): string =>
	keys.length === 10 && keys.every(key => /^\d$/.test(key)) ? '0-9' : keys.map(key => keyLabel(key, isAscii)).join(' ');

/** A key as people read it: `Ctrl-d`, `PgUp`, `↑`. */
export const keyLabel = (key: KeyName, isAscii = false): string =>
	(isAscii ? asciiLabels[key] : undefined) ?? keyLabels[key] ?? (modifier.test(key) ? modified(key, isAscii) : key);

const modifier = /^(ctrl|alt|shift)-(.+)$/s;

const modified = (key: KeyName, isAscii: boolean): string => {
	const [, name = '', rest = ''] = modifier.exec(key) ?? [];
	return `${name.charAt(0).toUpperCase()}${name.slice(1)}-${keyLabel(rest, isAscii)}`;
};
