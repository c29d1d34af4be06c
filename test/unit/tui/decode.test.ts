import {expect, test} from 'vitest';
import {createDecoder, type Heard} from '../../../source/tui/decode.ts';

const key = (name: string): Heard => ({type: 'key', name});
const text = (typed: string): Heard => ({type: 'text', text: typed});
const pasted = (whole: string): Heard => ({type: 'paste', text: whole});

/** What is heard of these reads; the last one is followed by a pause. */
const hear = (...reads: readonly string[]): readonly Heard[] => {
	const decoder = createDecoder();
	const heard = reads.flatMap(read => decoder.push(read));
	return [...heard, ...decoder.flush()];
};

test.each([
	['characters that came together are one text', 'jjj', [text('jjj')]],
	['Enter and Tab are a part of it', 'ab\r\tc', [text('ab\r\tc')]],
	['controls stand for themselves', 'a\u0001\u007Fb', [text('a'), key('ctrl-a'), key('backspace'), text('b')]],
	['arrows', '\u001B[A\u001B[B\u001BOC\u001BOD', [key('up'), key('down'), key('right'), key('left')]],
	[
		'pages and ends',
		'\u001B[5~\u001B[6~\u001B[1~\u001B[F\u001BOH',
		['pageup', 'pagedown', 'home', 'end', 'home'].map(name => key(name)),
	],
	['Delete is not Backspace', '\u001B[3~', [key('delete')]],
	[
		'modifiers of xterm',
		'\u001B[1;5D\u001B[1;2A\u001B[3;5~\u001B[1;8H',
		[key('ctrl-left'), key('shift-up'), key('ctrl-delete'), key('ctrl-alt-shift-home')],
	],
	[
		'modifiers of rxvt',
		'\u001B[a\u001BOd\u001B[5^\u001B[6$',
		[key('shift-up'), key('ctrl-left'), key('ctrl-pageup'), key('shift-pagedown')],
	],
	['Shift-Tab', '\u001B[Z', [key('shift-tab')]],
	[
		'function keys of four kinds of terminals',
		'\u001BOP\u001B[12~\u001B[[C\u001B[1;2S\u001B[24~',
		[key('f1'), key('f2'), key('f3'), key('shift-f4'), key('f12')],
	],
	['the Enter of a keypad', '\u001BOM', [key('enter')]],
	['a lone Escape', '\u001B', [key('escape')]],
	['three Escapes', '\u001B\u001B\u001B', [key('escape'), key('escape'), key('escape')]],
	['Escape before an arrow', '\u001B\u001B[A', [key('escape'), key('up')]],
	['Escape and a letter in one read', '\u001Bx', [key('alt-x')]],
	['Escape and Backspace', '\u001B\u007F', [key('alt-backspace')]],
	['Escape and a character of several units', '\u001B🙂j', [key('alt-🙂'), text('j')]],
	['nothing follows `Escape [`', '\u001B[', [key('alt-[')]],
	[
		'sequences that mean no key of ours',
		'a\u001B[?62;4c\u001B[<0;10;5M\u001B[I\u001B[200z\u001B[999~b',
		[text('a'), text('b')],
	],
	['the press of a mouse that nobody asked for', '\u001B[M !!j', [text('j')]],
	['answers of terminals', '\u001B]11;rgb:0000/0000/0000\u0007\u001BP1+r\u001B\\j', [text('j')]],
	['sequences in one character', '\u009BA\u0085j', [key('up'), text('j')]],
	['a paste', '\u001B[200~a\u001B[201~', [pasted('a')]],
	['a paste between keys', 'j\u001B[200~x\ry\u001B[201~k', [text('j'), pasted('x\ry'), text('k')]],
	['a paste with sequences in it', '\u001B[200~q\u001B[A\u0003\u001Bx\u001B[201~', [pasted('q\u001B[A\u0003\u001Bx')]],
	['an empty paste', '\u001B[200~\u001B[201~j', [pasted(''), text('j')]],
	['the end of a paste that never began', '\u001B[201~j', [text('j')]],
])('%s', (_title, input, expected) => {
	expect(hear(input)).toEqual(expected);
});

/** What was heard in one line: texts that were cut are whole again. */
const joined = (heard: readonly Heard[]): string =>
	heard.map(one => (one.type === 'text' ? one.text : one.type === 'key' ? `<${one.name}>` : `{${one.text}}`)).join('');

test('wherever a line cuts what is typed, it means the same', () => {
	const whole = 'ab\u001B[A\u001BOB\u001B[1;5Dc\u001B[200~p\u001B[20q\r\u001B[201~\u001B[5~d\u001B]11;x\u0007e';
	const expected = joined(hear(whole));
	expect(expected).toBe('ab<up><down><ctrl-left>c{p\u001B[20q\r}<pageup>de');
	for (let first = 1; first < whole.length; first++) {
		for (let second = first; second < whole.length; second++) {
			const parts = [whole.slice(0, first), whole.slice(first, second), whole.slice(second)];
			expect(joined(hear(...parts)), `cut at ${first} and ${second}`).toBe(expected);
		}
	}
});

test('an arrow that comes in two pieces over a slow line is no bracket and no letter', () => {
	const decoder = createDecoder();
	expect(decoder.push('\u001B[')).toEqual([]);
	expect(decoder.patience()).toBeGreaterThanOrEqual(100);
	expect(decoder.push('A')).toEqual([key('up')]);
	expect(decoder.patience()).toBeUndefined();
});

test('a lone Escape is told soon', () => {
	const decoder = createDecoder();
	expect(decoder.push('\u001B')).toEqual([]);
	expect(decoder.patience()).toBeLessThanOrEqual(50);
});

test('a paste may take as long as it likes, and none of it is keys', () => {
	const decoder = createDecoder();
	expect(decoder.push('\u001B[200~one\r')).toEqual([]);
	expect(decoder.flush()).toEqual([]);
	expect(decoder.isPasting()).toBe(true);
	expect(decoder.push('xqy\u001B')).toEqual([]);
	expect(decoder.push('[201~')).toEqual([pasted('one\rxqy')]);
	expect(decoder.isPasting()).toBe(false);
});

test('a paste whose end got lost is ended by a lone Escape after a silence, and then keys are keys again', () => {
	const decoder = createDecoder();
	decoder.push('\u001B[200~one\rtwo');
	expect(decoder.push('\u001B')).toEqual([]);
	expect(decoder.push('x')).toEqual([]);
	decoder.flush();
	expect(decoder.push('\u001B')).toEqual([pasted('one\rtwo\u001Bx')]);
	expect(decoder.push('j')).toEqual([text('j')]);
});

test('an endless sequence does not grow for ever', () => {
	const decoder = createDecoder();
	for (let read = 0; read < 100; read++) decoder.push(`${read === 0 ? '\u001B]' : ''}${'x'.repeat(100)}`);
	expect(decoder.push('j').length).toBeLessThanOrEqual(1);
	decoder.flush();
	expect(decoder.push('j')).toEqual([text('j')]);
});
