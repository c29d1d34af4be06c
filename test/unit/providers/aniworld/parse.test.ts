import {describe, expect, test} from 'vitest';
import {causeOf, failureOfHoster, hosterOf, type Said} from '../../../../source/providers/aniworld/failures.ts';
import {readAniworldLine} from '../../../../source/providers/aniworld/parse.ts';

const escape = '\u001B';
/** A line of 4.6.1's log, in its colours. */
const logged = (level: string, text: string): string =>
	`${escape}[35m2026-03-21 12:59:01${escape}[0m - ${escape}[36m${level}${escape}[0m - ${escape}[34m../../My Tools/aniworld/common.py:550:download${escape}[0m - ${escape}[37m${text}${escape}[0m`;

describe('lines', () => {
	test.each<[string, object]>([
		[
			logged('DEBUG', '[FFmpeg] Duration: 00:23:41.50, start: 1.400000, bitrate: 0 kb/s'),
			{type: 'duration', seconds: 1421.5},
		],
		[
			logged(
				'INFO',
				'[FFmpeg Progress] frame=  750 fps=250 q=-1.0 size=     921kB time=00:00:30.02 bitrate= 251.3kbits/s speed=10x',
			),
			{type: 'written', seconds: 30.02, bytes: 943_104},
		],
		[
			logged('INFO', '[FFmpeg Progress] size=    1024KiB time=01:00:00.50 bitrate= 1.0kbits/s speed=1x'),
			{type: 'written', seconds: 3600.5, bytes: 1_048_576},
		],
		[logged('INFO', '[FFmpeg Progress] frame=    0 fps=0.0 q=-1.0 size=N/A time=N/A bitrate=N/A'), {type: 'detail'}],
		[logged('DEBUG', '[FFmpeg] Duration: N/A, start: 0.000000'), {type: 'detail'}],
		[logged('DEBUG', "[FFmpeg] Input #0, hls, from 'https://host/x.m3u8?t=1':"), {type: 'detail'}],
		[
			logged('DEBUG', '[DOWNLOADING] full preset (audio + video together) via Vidmoly'),
			{type: 'hoster', hoster: 'Vidmoly'},
		],
		[logged('DEBUG', '[MUXING] combining streams'), {type: 'phase', phase: 'merging'}],
		[
			logged('WARNING', 'Download attempt 3/3 failed for provider VOE: No VOE video source found in page.'),
			{type: 'try-failed', hoster: 'VOE', reason: 'No VOE video source found in page.'},
		],
		[
			logged('WARNING', 'Falling back from provider VOE to Vidmoly for https://aniworld.to/x'),
			{type: 'fallback', to: 'Vidmoly'},
		],
		[
			logged('WARNING', 'CAPTCHA detected for https://voe.sx/e/abc — opening browser for manual solving'),
			{type: 'captcha', url: 'https://voe.sx/e/abc'},
		],
		[
			logged('WARNING', 'Opening episode page for modal solving: https://serienstream.to/serie/x'),
			{type: 'captcha', url: 'https://serienstream.to/serie/x'},
		],
		[logged('DEBUG', 'Starting AniWorld-Downloader...'), {type: 'step'}],
		[
			logged('WARNING', '[FFmpeg] Stall detected – no progress for 60s. Killing process.'),
			{type: 'words', text: '[FFmpeg] Stall detected – no progress for 60s. Killing process.'},
		],
		['\r[████░░░░] 12.5% | Speed: 1.20MiB/s | ETA: 00:10  ', {type: 'share', share: 0.125}],
		['[████████] 120.0% | Speed: N/A | ETA: N/A', {type: 'share', share: 1}],
		['Starting download: Some Series - S01E003 - (German Dub).mp4', {type: 'step'}],
		[
			"WARNING:root:get_redirect_link: No provider found for language 'German Dub' on site 'aniworld.to'. Available languages: ['English Sub', 'German Sub']",
			{type: 'no-language', available: ['English Sub', 'German Sub']},
		],
		['ERROR:root:x: Error getting direct link: boom', {type: 'words', text: 'Error getting direct link: boom'}],
		['An unexpected error occurred: x', {type: 'words', text: 'An unexpected error occurred: x'}],
		['', {type: 'nothing'}],
	])('%s', (line, expected) => expect(readAniworldLine(line)).toEqual(expected));
});

const said = (words: readonly string[], more: Partial<Said> = {}): Said => ({
	words,
	reason: undefined,
	captcha: undefined,
	available: undefined,
	other: undefined,
	...more,
});

const cause = (words: readonly string[], more: Partial<Said> = {}) =>
	causeOf(
		said(words, more),
		{language: 'German Dub', hoster: 'VOE', languages: ['German Dub', 'English Sub']},
		'tool-failed',
	);

describe('what the words mean', () => {
	const unexpected = 'An unexpected error occurred:';
	const logs = 'Please check the logs for more details.';

	test.each<[string, readonly string[], Partial<Said>, object]>([
		[
			'one hoster without a stream',
			[`${unexpected} Download failed for all providers. VOE: No VOE video source found in page.`, logs],
			{},
			{of: 'hoster', code: 'no-sources', reason: 'No VOE video source found in page.'},
		],
		[
			'a stream that is gone',
			[
				`${unexpected} Download failed for all providers. VOE: ffmpeg error (rc=8): https://h/x.m3u8: Server returned 404 Not Found`,
				logs,
			],
			{},
			{of: 'hoster', code: 'no-sources', reason: expect.stringContaining('404')},
		],
		[
			'a server of a hoster that is away says nothing of the lane',
			[
				`${unexpected} Download failed for all providers. VOE: HTTPSConnectionPool(host='voe.sx', port=443): Read timed out. (read timeout=20)`,
			],
			{},
			{of: 'hoster', code: 'no-sources'},
		],
		[
			'the site itself that is away',
			[`${unexpected} HTTPSConnectionPool(host='aniworld.to', port=443): Read timed out. (read timeout=20)`, logs],
			{},
			{of: 'all', failure: {code: 'timeout'}},
		],
		[
			'no network',
			[
				`${unexpected} HTTPSConnectionPool(host='aniworld.to', port=443): Failed to resolve 'aniworld.to' ([Errno -3] Temporary failure in name resolution)`,
			],
			{},
			{of: 'all', failure: {code: 'no-network'}},
		],
		[
			'a full disk',
			[
				`${unexpected} Download failed for all providers. VOE: ffmpeg error (rc=228): av_interleaved_write_frame(): No space left on device`,
			],
			{},
			{of: 'all', failure: {code: 'disk-full'}},
		],
		[
			'an episode without the language, in 4.x',
			[
				`${unexpected} Download failed for all providers. VOE: Language 'German Dub' with provider 'VOE' is not available for episode: https://aniworld.to/x`,
			],
			{},
			{
				of: 'all',
				failure: {
					code: 'unavailable',
					message: expect.stringMatching(
						/not offered in German Dub, or not there at all; .* it can be asked for English Sub$/,
					),
				},
			},
		],
		[
			'an episode without the language, in 3.x',
			['Something went wrong with "x".', 'No direct link found.'],
			{available: ['English Sub']},
			{
				of: 'all',
				failure: {
					code: 'unavailable',
					message: 'aniworld: the episode is not offered in German Dub; there is English Sub',
				},
			},
		],
		[
			'another hoster without a word about this one',
			[],
			{other: 'Vidmoly'},
			{of: 'hoster', code: 'no-sources', reason: 'does not have the episode in German Dub'},
		],
		['another hoster after this one', [], {other: 'Vidmoly', reason: 'no stream'}, {of: 'hoster', reason: 'no stream'}],
		[
			'a hoster that this version does not know',
			["aniworld: error: argument -p/--provider: invalid choice: 'Filemoon' (choose from 'VOE')"],
			{},
			{of: 'hoster', code: 'no-sources', reason: 'this aniworld does not know it'},
		],
		[
			'a language that this version does not know',
			["aniworld: error: argument -l/--language: invalid choice: 'Klingon' (choose from 'German Dub')"],
			{},
			{of: 'all', failure: {code: 'bad-arguments', message: expect.stringContaining("choose from 'German Dub'")}},
		],
		[
			'an address that it does not take',
			[`${unexpected} Unsupported URL: https://s.to/x`, logs],
			{},
			{of: 'all', failure: {code: 'unsupported'}},
		],
		[
			'a failure of 3.x',
			[
				"Error getting direct link from provider 'VOE': 404 Client Error: Not Found for url: https://voe.sx/e/1",
				'Something went wrong with "x".',
				'No direct link found.',
			],
			{},
			{of: 'hoster', code: 'no-sources', reason: expect.stringContaining('404')},
		],
		[
			'a captcha',
			[],
			{captcha: 'https://voe.sx/e/1?token=abcdefgh'},
			{
				of: 'all',
				failure: {code: 'captcha', message: 'aniworld: a page asks for a captcha: https://voe.sx/e/1?token=***'},
			},
		],
		['nothing at all', [], {}, {of: 'hoster', code: 'tool-failed', reason: 'no file came, and not a word'}],
	])('%s', (_, words, more, expected) => expect(cause(words, more)).toMatchObject(expected));
});

describe('hosters', () => {
	const hosters = ['VOE', 'Vidmoly', 'Vidoza'];
	const of = {of: 'hoster', code: 'no-sources', reason: 'no stream\n  at all'} as const;

	test('each attempt has the next one, then the first again', () => {
		expect([0, 1, 2, 3].map(attempt => hosterOf({hosters, attempt}))).toEqual(['VOE', 'Vidmoly', 'Vidoza', 'VOE']);
	});

	test('on the way the failure says what is next, without a pause', () => {
		expect(failureOfHoster(of, {hosters, attempt: 0, maxAttempts: 4}, [])).toMatchObject({
			message: 'aniworld: VOE: no stream at all; Vidmoly is next',
			waitAtMost: 0,
		});
	});

	test('at the end of a round it names each with its reason, and waits', () => {
		const tried = hosters.map((hoster, attempt) => ({hoster, attempt, reason: `reason ${attempt}`}));
		const failure = failureOfHoster(of, {hosters, attempt: 2, maxAttempts: 4}, tried);
		expect(failure.message).toBe(
			'aniworld: no hoster gave the episode. VOE: reason 0; Vidmoly: reason 1; Vidoza: reason 2',
		);
		expect(failure.waitAtMost).toBeUndefined();
	});

	test('where the attempts end first it says which were not tried, and what it knows of the others', () => {
		const failure = failureOfHoster(of, {hosters, attempt: 1, maxAttempts: 2}, [
			{hoster: 'Vidmoly', attempt: 1, reason: 'gone'},
		]);
		expect(failure.message).toBe(
			'aniworld: no hoster gave the episode. VOE: see the log; Vidmoly: gone; not tried, for want of attempts: Vidoza',
		);
	});

	test('nine hosters with long reasons are all named in one message that can be kept', () => {
		const many = Array.from({length: 9}, (_, index) => `Hoster${index}`);
		const tried = many.map((hoster, attempt) => ({hoster, attempt, reason: 'x'.repeat(500)}));
		const {message} = failureOfHoster(of, {hosters: many, attempt: 8, maxAttempts: 9}, tried);
		expect(message.length).toBeLessThan(500);
		for (const hoster of many) expect(message).toContain(`${hoster}: `);
	});
});
