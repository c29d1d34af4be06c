import {describe, expect, test} from 'vitest';
import {
	addressOf,
	canonicalUrl,
	fileNameOf,
	followRedirect,
	isHttpUrl,
	isWebPageAddress,
	laneOfUrl,
} from '../../../../source/providers/http/address.ts';

describe('sources', () => {
	test.for([
		['http://example.org/a', true],
		[' https://example.org ', true],
		['HTTP://EXAMPLE.ORG/', true],
		['ftp://example.org/a', false],
		['magnet:?xt=urn:btih:1', false],
		['http://', false],
		['example.org/a', false],
		['', false],
	] as const)('%j is taken: %j', ([source, isTaken]) => {
		expect(isHttpUrl(source)).toBe(isTaken);
	});

	test.for([
		['HTTP://Example.ORG:80/A?b#c', 'http://example.org/A?b'],
		['https://example.org:443', 'https://example.org/'],
		['http://example.org:8080/a/../b', 'http://example.org:8080/b'],
		['http://bücher.example/ä', 'http://xn--bcher-kva.example/%C3%A4'],
		['not a url', 'not a url'],
	] as const)('%j and its other spellings are one: %j', ([source, canonical]) => {
		expect(canonicalUrl(source)).toBe(canonical);
		expect(canonicalUrl(canonical)).toBe(canonical);
	});

	test('each server with its port has a lane of its own', () => {
		expect(laneOfUrl('http://Example.org/a')).toBe('http:example.org');
		expect(laneOfUrl('https://example.org:8443/a')).toBe('http:example.org:8443');
		expect(laneOfUrl('https://u:p@example.org/a')).toBe('http:example.org');
	});

	test('credentials leave the address and become a header', () => {
		expect(addressOf('http://us%20er:p%C3%A4ss@h/a#x')).toEqual({
			url: 'http://h/a',
			authorization: `Basic ${Buffer.from('us er:päss').toString('base64')}`,
		});
		expect(addressOf('http://h/a')).toEqual({url: 'http://h/a', authorization: undefined});
	});
});

describe('names', () => {
	const url = 'http://h/dir/from-url.mp4';
	test.for([
		['attachment; filename="plain.mp3"', 'plain.mp3'],
		['attachment; filename=token.mp3', 'token.mp3'],
		['attachment; filename="old.mp3"; filename*=UTF-8\'\'%e2%82%ac%20rates.mp3', '€ rates.mp3'],
		["attachment; filename*=iso-8859-1'en'%A3%20rates.mp3", '£ rates.mp3'],
		[`attachment; filename="${Buffer.from('アニメ 第1話.mkv').toString('latin1')}"`, 'アニメ 第1話.mkv'],
		['attachment; filename="caf\u00E9.mp3"', 'café.mp3'],
		['attachment; filename="../../etc/passwd"', 'passwd'],
		['attachment; filename="..\\\\..\\\\evil.exe"', 'evil.exe'],
		['attachment; filename="/abs/olute.mp3"', 'olute.mp3'],
		["attachment; filename*=UTF-8''..%2F..%2Fup.mp3", 'up.mp3'],
		["attachment; filename*=UTF-8''nul%00byte.mp3", 'nul byte.mp3'],
		['attachment; filename="say \\"hi\\".mp3"', 'say _hi_.mp3'],
		['attachment; filename=".http-resume.json"', 'http-resume.json'],
		['attachment; filename=".."', 'from-url.mp4'],
		['attachment; filename=""', 'from-url.mp4'],
		['attachment', 'from-url.mp4'],
		[';;;===', 'from-url.mp4'],
		[undefined, 'from-url.mp4'],
	] as const)('of %j is %j', ([disposition, name]) => {
		expect(fileNameOf(disposition, url, url)).toBe(name);
	});

	test.for([
		['http://h/get?id=5', 'http://cdn/real.mp3', 'real.mp3'],
		['http://h/wanted.mp3', 'http://cdn/blob/8f7a', 'wanted.mp3'],
		['http://h/a', 'http://cdn/b', 'b'],
		['http://h/', 'http://h/', 'h'],
		['http://h/%E7%AC%AC1.mkv', 'http://h/%E7%AC%AC1.mkv', '第1.mkv'],
		['http://h/a%2F..%2Fb.mp3', 'http://h/a%2F..%2Fb.mp3', 'b.mp3'],
		['http://h/%zz.mp3', 'http://h/%zz.mp3', '%zz.mp3'],
	] as const)('of %j that leads to %j is %j', ([first, last, name]) => {
		expect(fileNameOf(undefined, first, last)).toBe(name);
	});

	test.for([
		['http://h/', 'h', true],
		['http://h/about.html', 'about.html', true],
		['http://h/get?x', 'saved.htm', true],
		['http://h/a.mp4', 'a.mp4', false],
		['http://h/watch', 'watch', false],
	] as const)('%j named %j is meant to be a page: %j', ([url_, name, isPage]) => {
		expect(isWebPageAddress(url_, name)).toBe(isPage);
	});
});

describe('redirects', () => {
	const from = {url: 'https://h/a/b', authorization: 'Basic x'};

	test('stay with the credentials only at the same server', () => {
		expect(followRedirect(from, '../c')).toEqual({to: {url: 'https://h/c', authorization: 'Basic x'}});
		expect(followRedirect(from, 'https://h:444/c')).toEqual({to: {url: 'https://h:444/c', authorization: undefined}});
		expect(followRedirect(from, '//other/c')).toEqual({to: {url: 'https://other/c', authorization: undefined}});
	});

	test('never go from https to http', () => {
		expect(followRedirect(from, 'http://h/c')).toHaveProperty('problem');
		expect(followRedirect({...from, url: 'http://h/'}, 'https://h/c')).toHaveProperty('to');
	});

	test('understand addresses in plain UTF-8', () => {
		const location = Buffer.from('/第1話.mkv').toString('latin1');
		expect(followRedirect(from, location)).toMatchObject({to: {url: 'https://h/%E7%AC%AC1%E8%A9%B1.mkv'}});
	});
});
