import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createYtDlpCatalog} from '../../source/catalogs/yt-dlp/index.ts';
import type {CatalogOutcome} from '../../source/engine/ports.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {createFakeClock} from '../support/fake-clock.ts';
import {serveDirectory} from '../support/static-server.ts';
import {temporaryDirectory} from '../support/temp.ts';

const feed = (items: readonly (readonly [string, string])[]): string =>
	`<?xml version="1.0"?><rss version="2.0"><channel><title>My "feed" &amp; more</title>${items
		.map(([title, link]) => `<item><title>${title}</title><link>${link}</link></item>`)
		.join('')}</channel></rss>`;

const hasYtDlp = (await probeTool('yt-dlp', ['--version'])).type === 'answered';

const read = async (
	address: string,
	command = 'yt-dlp',
	signal = new AbortController().signal,
): Promise<CatalogOutcome> => {
	const catalog = createYtDlpCatalog({command, extraArgs: [], cookies: undefined, clock: createFakeClock()});
	expect([catalog.accepts(address, 'playlist'), catalog.accepts(address, 'album')]).toEqual([true, false]);
	return catalog.expand(address, {signal, onProgress: () => undefined, kind: 'playlist'});
};

describe('a list of videos, read by the real yt-dlp', () => {
	test('each entry becomes one of yt-dlp’s jobs, and none of them is looked at', async context => {
		if (!hasYtDlp) return context.skip('needs yt-dlp');
		const directory = await temporaryDirectory();
		const server = await serveDirectory(directory);
		await writeFile(
			join(directory, 'feed.xml'),
			feed([
				['One - Ünï', `${server.url}/one.mp4`],
				['Two', `${server.url}/two.mp4`],
			]),
		);
		expect(await read(`${server.url}/feed.xml`)).toEqual({
			type: 'expanded',
			groups: [
				{
					title: 'My "feed" & more',
					entries: [
						{title: 'One - Ünï', source: `${server.url}/one.mp4`, provider: 'yt-dlp'},
						{title: 'Two', source: `${server.url}/two.mp4`, provider: 'yt-dlp'},
					],
				},
			],
			leftOut: [],
			notes: [],
		});
		expect(new Set(server.asked)).toEqual(new Set(['feed.xml']));
	});

	test('a page that is not there is told in yt-dlp’s words', async context => {
		if (!hasYtDlp) return context.skip('needs yt-dlp');
		const server = await serveDirectory(await temporaryDirectory());
		expect(await read(`${server.url}/none.xml`)).toMatchObject({
			type: 'failed',
			failure: {code: 'not-found', message: expect.stringContaining('404')},
		});
	});

	test('a stop ends it', async context => {
		if (!hasYtDlp) return context.skip('needs yt-dlp');
		const server = await serveDirectory(await temporaryDirectory(), 60_000);
		const stop = new AbortController();
		const reading = read(`${server.url}/slow.xml`, 'yt-dlp', stop.signal);
		await expect.poll(() => server.asked.length, {timeout: 20_000}).toBe(1);
		stop.abort();
		expect(await reading).toEqual({type: 'stopped'});
	});
});

test('without yt-dlp it says what to install', async () => {
	expect(await read('https://example.org/list', '/nowhere/yt-dlp')).toMatchObject({
		type: 'failed',
		failure: {code: 'tool-missing', message: expect.stringContaining('apt install yt-dlp')},
	});
});
