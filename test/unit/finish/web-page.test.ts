import {describe, expect, test} from 'vitest';
import {isWebPageWrong, looksLikeWebPage} from '../../../source/finish/web-page.ts';

describe('a web page is recognised by how it begins', () => {
	test.each([
		'<!DOCTYPE html><html>',
		'\uFEFF\r\n  <!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">',
		'<html lang="en">',
		'<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE html>',
		'<head><title>Error</title>',
		'<script>location="/login"</script>',
		'<h1>403 Forbidden</h1>',
	])('%j is one', text => {
		expect(looksLikeWebPage(Buffer.from(text))).toBe(true);
	});

	test('also in UTF-16', () => {
		expect(looksLikeWebPage(Buffer.from('\uFEFF<html>', 'utf16le'))).toBe(true);
	});

	test.each([
		'',
		'{"error": "not found"}',
		'RIFF\u0000\u0000\u0000\u0000WAVE',
		'<?xml version="1.0"?><rss>',
		'<htmlx>',
		'<svg xmlns="http://www.w3.org/2000/svg">',
		'text about <html>',
		'WEBVTT\n\n<b>subtitle</b>',
	])('%j is none', text => {
		expect(looksLikeWebPage(Buffer.from(text))).toBe(false);
	});
});

describe('a web page is wrong', () => {
	test.each([
		['where nothing says that one was meant', 'file', 'https://example.org/file', undefined, true],
		['where the file is called a video', 'a.mkv', 'https://example.org/x', true, true],
		['where the address is one of a video', 'index.html', 'https://example.org/a.mp4?x=1', true, true],
		['not where the provider expects one', 'page', 'https://example.org/page', true, false],
		['not where it is called a page', 'index.html', 'https://example.org/', undefined, false],
	])('%s', (_claim, name, source, isExpected, isWrong) => {
		expect(isWebPageWrong(name, source, isExpected)).toBe(isWrong);
	});
});
