import {resolve, sep} from 'node:path';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {fileNameOf} from '../../source/providers/http/address.ts';
import {readAnswer, type Wish} from '../../source/providers/http/request.ts';
import {readRecord} from '../../source/providers/http/segments.ts';

// Killed by: taking the Content-Disposition's name without `safeName` in `address.ts`.
test('no header and no address gives a name that leaves the folder or stands for something else in it', () => {
	const nasty = fc.oneof(
		fc.string({unit: 'binary'}),
		fc
			.array(
				fc.constantFrom(
					'..',
					'/',
					'\\',
					'\0',
					'%2e',
					'%2F',
					'%00',
					'"',
					"'",
					';',
					'=',
					'a',
					'第',
					'.',
					' ',
					'\n',
					'CON',
				),
				{
					maxLength: 12,
				},
			)
			.map(parts => parts.join('')),
		fc.string({minLength: 200, maxLength: 900}),
	);
	const disposition = fc.oneof(
		fc.constant(undefined),
		nasty,
		nasty.map(name => `attachment; filename="${name}"`),
		nasty.map(name => `attachment; filename=${name}`),
		nasty.map(name => `attachment; filename*=UTF-8''${encodeURIComponent(name.toWellFormed())}`),
	);
	const url = nasty.map(path => new URL(`http://h/${path.replaceAll(/[?#]/g, '')}`).href);
	fc.assert(
		fc.property(disposition, url, url, (header, first, last) => {
			const name = fileNameOf(header, first, last);
			const root = `${sep}job`;
			expect(resolve(root, name)).toBe(`${root}${sep}${name}`);
			expect(name).not.toMatch(/^\.|[\0-\x1F\x7F/\\]/);
			// Room for `.part` in the 255 bytes of a name.
			expect(Buffer.byteLength(`${name}.part`)).toBeLessThanOrEqual(255);
		}),
		{numRuns: 2000},
	);
});

test('no answer makes the reading of it throw, and a part is only taken where it was asked for', () => {
	const value = fc.oneof(fc.string(), fc.constantFrom('bytes 100-199/1000', 'bytes */100', '"a"', '100', 'gzip', '/x'));
	const headers = fc.dictionary(
		fc.constantFrom(
			'content-range',
			'content-length',
			'etag',
			'last-modified',
			'location',
			'retry-after',
			'content-encoding',
		),
		fc.oneof(value, fc.array(value)),
	);
	const wish: Wish = {type: 'span', span: {start: 100, end: 200}, validator: {etag: '"a"'}, total: 1000};
	fc.assert(
		fc.property(fc.integer({min: 200, max: 599}), headers, fc.boolean(), (status, given, isWhole) => {
			const meaning = readAnswer({status, reason: '', headers: given}, isWhole ? {type: 'whole'} : wish, 0);
			if (meaning.type !== 'span') return;
			expect(isWhole).toBe(false);
			expect(meaning.span).toEqual({start: 100, end: 200});
		}),
		{numRuns: 2000},
	);
});

test('no text makes the reading of a resume record throw', () => {
	fc.assert(
		fc.property(fc.oneof(fc.string(), fc.json()), text => {
			readRecord(text);
		}),
	);
});
