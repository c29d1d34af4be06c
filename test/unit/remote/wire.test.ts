import {PassThrough} from 'node:stream';
import {describe, expect, test} from 'vitest';
import {readLines} from '../../../source/remote/lines.ts';
import {chooseSocketPath, fitsSocket, usualSocketPath} from '../../../source/remote/socket-path.ts';
import {parseCommand} from '../../../source/remote/wire.ts';
import {existsSync, statSync} from 'node:fs';
import {dirname} from 'node:path';

describe('commands from outside', () => {
	test.each([
		{
			type: 'add',
			requests: [{source: 'x', options: {episode: 1, fields: {a: 'b'}}, isPaused: true}],
			batch: 'B',
			skipBad: true,
		},
		{type: 'pause', selection: {ids: [1, 2]}},
		{type: 'remove', selection: {filter: {statuses: ['failed'], text: 'x'}}},
		{type: 'resume-queue'},
		{type: 'prioritise', ids: [1], priority: 9},
		{type: 'reorder', ids: [1], place: {at: 'top'}},
		{type: 'reorder', ids: [1], place: {before: 3}},
		{type: 'set-workers', count: 3},
		{type: 'wake'},
	])('a good one arrives as it is: $type', command => {
		expect(parseCommand(command)).toEqual(command);
	});

	test.each<[unknown]>([
		[null],
		['pause'],
		[{type: 'launch'}],
		[{type: 'pause'}],
		[{type: 'pause', selection: {ids: ['1']}}],
		[{type: 'pause', selection: {ids: [-1]}}],
		[{type: 'pause', selection: {filter: {statuses: ['asleep']}}}],
		[{type: 'pause', selection: {ids: [1], filter: {}}}],
		[{type: 'add', requests: [{source: 1}]}],
		[{type: 'add', requests: [{source: 'x', shell: 'rm'}]}],
		[{type: 'prioritise', ids: [1], priority: 10}],
		[{type: 'reorder', ids: [1], place: {}}],
	])('a bad one is refused: %j', command => {
		expect(() => parseCommand(command)).toThrow();
	});
});

describe('lines of a stream', () => {
	test('come whole, however the bytes are cut', () => {
		const text = 'one\nzwö 日本\n\nlast\nrest';
		const bytes = Buffer.from(text);
		for (const size of [1, 2, 3, 5, bytes.length]) {
			const stream = new PassThrough();
			const lines: string[] = [];
			readLines(stream, 1000, line => lines.push(line));
			for (let start = 0; start < bytes.length; start += size) stream.emit('data', bytes.subarray(start, start + size));
			expect(lines).toEqual(['one', 'zwö 日本', '', 'last']);
		}
	});

	test('end with the stream when one grows beyond the limit', () => {
		const stream = new PassThrough();
		readLines(stream, 10, () => {});
		stream.emit('data', Buffer.alloc(11, 120));
		expect(stream.destroyed).toBe(true);
	});
});

describe('the path of the socket', () => {
	test('is beside the database where a socket may have that name', () => {
		const {path} = chooseSocketPath('/data', {});
		expect(path).toBe(usualSocketPath('/data'));
	});

	test('is short and private where the data directory has a long name', () => {
		const {path, clear} = chooseSocketPath(`/data/${'x'.repeat(120)}`, {XDG_RUNTIME_DIR: '/nowhere'.repeat(20)});
		expect(fitsSocket(path)).toBe(true);
		expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
		clear();
		expect(existsSync(dirname(path))).toBe(false);
	});

	test('counts bytes, not characters', () => {
		expect(fitsSocket(`/${'ü'.repeat(52)}`)).toBe(false);
		expect(fitsSocket(`/${'u'.repeat(52)}`)).toBe(true);
	});
});
