import {describe, expect, test} from 'vitest';
import {createLineSplitter, longestLine} from '../../../source/system/lines.ts';

const split = (chunks: readonly (string | Uint8Array)[], longest?: number): string[] => {
	const lines: string[] = [];
	const splitter = createLineSplitter(line => lines.push(line), longest);
	for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
	splitter.end();
	return lines;
};

describe("a tool's output is read line by line", () => {
	test.each([
		['three kinds of line ends', ['a\nb\rc\r\nd'], ['a', 'b', 'c', 'd']],
		['a CR LF that is cut in two', ['a\r', '\nb'], ['a', 'b']],
		['a CR at the end of a chunk, then another line', ['a\r', 'b\n'], ['a', 'b']],
		['two CRs are two line ends', ['a\r\rb'], ['a', '', 'b']],
		['an empty chunk between CR and LF', ['a\r', '', '\nb'], ['a', 'b']],
		['empty lines', ['\n\n'], ['', '']],
		['no output', [''], []],
		['a last line without an end', ['50%\r60%'], ['50%', '60%']],
	])('%s', (_, chunks, expected) => {
		expect(split(chunks)).toEqual(expected);
	});

	test('a character whose bytes arrive in different chunks is one character', () => {
		const bytes = Buffer.from('é漢🙂\n');
		expect(split(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(['é漢🙂']);
	});

	test('bytes that are no UTF-8 become replacement characters, not an error', () => {
		expect(split([Uint8Array.of(0xff, 0xfe, 0x0a, 0xe6)])).toEqual(['\uFFFD\uFFFD', '\uFFFD']);
	});

	test('a line of 10 MB without an end is cut, and the next line is whole', () => {
		const block = 'x'.repeat(1_000_000);
		const lines = split([...Array.from({length: 10}, () => block), '\nnext\n']);
		expect(lines.map(line => line.length)).toEqual([longestLine, 4]);
		expect(lines[1]).toBe('next');
	});

	test('a cut never leaves half a character', () => {
		expect(split(['abc🙂\n'], 4)).toEqual(['abc']);
		expect(split(['abc🙂\n'], 5)).toEqual(['abc🙂']);
	});
});
