import {describe, expect, test} from 'vitest';
import {headersFor, readAnswer, retryAfterOf, type Wish} from '../../../../source/providers/http/request.ts';
import type {HttpHeaders} from '../../../../source/system/http.ts';

const address = {url: 'http://h/a', authorization: undefined};
const whole: Wish = {type: 'whole'};
const span: Wish = {type: 'span', span: {start: 100, end: 200}, validator: {etag: '"a"'}, total: 1000};
const open: Wish = {type: 'span', span: {start: 100, end: Infinity}, validator: {etag: '"a"'}, total: undefined};
const now = Date.UTC(2026, 0, 1);
const read = (status: number, headers: HttpHeaders, wish: Wish) => readAnswer({status, reason: '', headers}, wish, now);

describe('a request', () => {
	test('asks for the file as it is', () => {
		expect(headersFor(address, whole, 'me')).toEqual({
			'user-agent': 'me',
			accept: '*/*',
			'accept-encoding': 'identity',
		});
	});

	test.for([
		[span, 'bytes=100-199', '"a"'],
		[open, 'bytes=100-', '"a"'],
		[{...span, validator: {lastModified: 'yesterday'}}, 'bytes=100-199', 'yesterday'],
	] as const)('for a part names it and what it belongs to', ([wish, range, condition]) => {
		expect(headersFor(address, wish, 'me')).toMatchObject({range, 'if-range': condition});
	});
});

describe('an answer to the wish for a part', () => {
	const part = {'content-range': 'bytes 100-199/1000', 'content-length': '100', etag: '"a"'};
	test('that fits is taken', () => {
		expect(read(206, part, span)).toMatchObject({type: 'span', span: {start: 100, end: 200}, total: 1000});
		expect(read(206, {'content-range': 'bytes 100-999/1000'}, open)).toMatchObject({type: 'span', total: 1000});
		expect(read(206, {'content-range': 'bytes 100-199/*'}, span)).toMatchObject({type: 'span', total: undefined});
	});

	test.for([
		['another beginning', {'content-range': 'bytes 99-198/1000'}],
		['another end', {'content-range': 'bytes 100-198/1000', 'content-length': '99'}],
		['more than asked', {'content-range': 'bytes 100-200/1000', 'content-length': '101'}],
		['another size of the file', {'content-range': 'bytes 100-199/1001'}],
		['no Content-Range', {'content-range': undefined}],
		['two parts', {'content-range': undefined, 'content-type': 'multipart/byteranges; boundary=x'}],
		['an impossible Content-Range', {'content-range': 'bytes 100-199/150'}],
		['a backward Content-Range', {'content-range': 'bytes 199-100/1000'}],
		['another unit', {'content-range': 'items 100-199/1000'}],
		['a length that contradicts', {'content-length': '99'}],
		['packed bytes', {'content-encoding': 'gzip'}],
	] as const)('with %s is refused', ([, headers]) => {
		expect(read(206, {...part, ...headers}, span)).toMatchObject({type: 'refused', isChanged: false});
	});

	test('of other content is refused as changed', () => {
		expect(read(206, {...part, etag: '"b"'}, span)).toMatchObject({type: 'refused', isChanged: true});
	});

	test('416 is the end only when it names exactly what is there', () => {
		expect(read(416, {'content-range': 'bytes */100'}, open)).toEqual({type: 'complete', total: 100});
		expect(read(416, {'content-range': 'bytes */101'}, open)).toMatchObject({type: 'refused'});
		expect(read(416, {}, open)).toMatchObject({type: 'refused'});
	});

	test('that is the whole file says so', () => {
		expect(read(200, {'content-length': '5', etag: '"b"'}, span)).toEqual({
			type: 'whole',
			total: 5,
			validator: {etag: '"b"'},
			coding: 'identity',
			isDivisible: true,
		});
	});
});

describe('an answer to the wish for all', () => {
	test.for([
		[{etag: '"a"'}, true],
		[{'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT'}, true],
		[{etag: '"a"', 'accept-ranges': 'none'}, false],
		[{etag: 'W/"a"'}, false],
		[{etag: 'unquoted'}, false],
		[{'last-modified': 'not a date'}, false],
		[{}, false],
	] as const)('with %j can be divided: %j', ([headers, isDivisible]) => {
		expect(read(200, headers, whole)).toMatchObject({type: 'whole', isDivisible});
	});

	test('that is a part after all is taken only when it is all of it', () => {
		expect(read(206, {'content-range': 'bytes 0-9/10'}, whole)).toMatchObject({type: 'whole', total: 10});
		expect(read(206, {'content-range': 'bytes 0-8/10'}, whole)).toMatchObject({type: 'failed'});
		expect(read(416, {}, whole)).toMatchObject({type: 'failed'});
	});

	test.for(['-5', '1e3', '0x10', '', 'many', '99999999999999999999'])('a Content-Length of %j is none', length => {
		expect(read(200, {'content-length': length}, whole)).toMatchObject({type: 'whole', total: undefined});
	});

	test('a redirect without a target is an error of the server', () => {
		expect(read(302, {}, whole)).toMatchObject({type: 'failed', failure: {code: 'server-error'}});
		expect(read(302, {location: '/b'}, whole)).toEqual({type: 'redirect', location: '/b'});
		expect(read(304, {}, whole)).toMatchObject({type: 'failed', failure: {code: 'server-error'}});
	});

	test('the words of the server come without escapes', () => {
		const reason = '\u001B[31mNope\u0007';
		expect(readAnswer({status: 404, reason, headers: {}}, whole, now)).toMatchObject({
			failure: {code: 'not-found', message: 'the server answered HTTP 404 Nope'},
		});
	});
});

test.for([
	['120', 120_000],
	['0', 0],
	['999999', 86_400_000],
	['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
	['Wed, 31 Dec 2025 00:00:00 GMT', 0],
	['soon', undefined],
	['', undefined],
	['-5', 0],
] as const)('a Retry-After of %j waits %j ms', ([text, wait]) => {
	const found = retryAfterOf({'retry-after': text}, now);
	// Date.parse reads some texts that are no dates, such as `-5`; what counts is that the wait stays within bounds.
	if (text === '-5') expect(found ?? 0).toBe(wait);
	else expect(found).toBe(wait);
});
