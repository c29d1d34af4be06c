import {describe, expect, test} from 'vitest';
import {failureOfWords, createSilence, type Circumstances} from '../../../../source/providers/ani-cli/failures.ts';
import {hitsIn, readAniCliLine, titleInHistory} from '../../../../source/providers/ani-cli/parse.ts';
import {createSession} from '../../../../source/providers/ani-cli/session.ts';
import {hitNamed, plainTitle} from '../../../../source/providers/ani-cli/titles.ts';
import type {AttemptToken} from '../../../../source/domain/job.ts';
import type {ProviderReport} from '../../../../source/engine/ports.ts';
import {createLineSplitter} from '../../../../source/system/lines.ts';

const newSession = (reports: ProviderReport[] = []) =>
	createSession({
		directory: '/nowhere',
		signal: new AbortController().signal,
		report: report => reports.push(report),
		log: () => {},
		attempt: 0,
		token: 'x' as AttemptToken,
		rateLimit: undefined,
	});

describe('a line of ani-cli and its helpers', () => {
	test.each([
		[
			'[download]   6.9% of ~1018.95KiB at  347.04KiB/s ETA 00:00 (frag 1/15)',
			{type: 'progress', by: 'yt-dlp', bytes: 71_995, total: 1_043_405},
		],
		['[download] 100% of  639.61KiB in 00:00:04 at 149.43KiB/s', {by: 'yt-dlp', bytes: 654_961, total: 654_961}],
		['[download]  50.0% of ~   1.00GiB at Unknown B/s ETA Unknown (frag 7/15)', {by: 'yt-dlp', bytes: 536_870_912}],
		['[download]  130.00KiB at  347.04KiB/s (00:00:01)', {by: 'yt-dlp', bytes: 133_120}],
		['[#a2a665 409600B/3000000B(13%) CN:1 DL:402753B ETA:6s]', {by: 'aria2c', bytes: 409_600, total: 3_000_000}],
		['[#b615e9 1.1MiB/2.8MiB(40%) CN:3 DL:1.1MiB ETA:1s]', {by: 'aria2c', bytes: 1_153_434, total: 2_936_013}],
		['[#b615e9 0B/0B CN:1 DL:0B]', {type: 'words'}],
		[
			'frame=  750 fps=0.0 q=-1.0 Lsize=     921kB time=00:00:30.02 bitrate= 251.4kbits/s speed=2.06e+03x',
			{by: 'ffmpeg', bytes: 943_104},
		],
		['size=     921KiB time=00:00:30.02 bitrate= 251.4kbits/s speed=1x', {by: 'ffmpeg', bytes: 943_104}],
		['frame=    0 fps=0.0 q=-1.0 size=N/A time=N/A bitrate=N/A', {type: 'progress', by: 'ffmpeg'}],
		['[FixupM3u8] Fixing MPEG-TS in MP4 container of "/job/episode.mp4"', {type: 'phase'}],
		['\u001B[1;34mChecking dependencies...\u001B[0m', {type: 'step'}],
		['anidb.app links fetched', {type: 'step'}],
		['\u001B[2K', {type: 'nothing'}],
		['[download] Destination: 100% of 5B at last.mp4', {type: 'words'}],
		['\u001B[1;31mNo results found!\u001B[0m', {type: 'words', text: 'No results found!'}],
	])('%s', (line, expected) => {
		expect(readAniCliLine(line)).toMatchObject(expected);
	});

	test('threads that print in any order never make progress fall, however the output is cut', () => {
		const text = [6.9, 20, 13.1, 46.7, 33, 53, 100, 97]
			.map(
				percent => `[download] ${percent}% of ~ ${(1000 + percent).toFixed(2)}KiB at 1.00MiB/s ETA 00:01 (frag 1/15)`,
			)
			.join('\r');
		for (const size of [1, 7, 1000]) {
			const reports: ProviderReport[] = [];
			const session = newSession(reports);
			const splitter = createLineSplitter(session.hear);
			const bytes = Buffer.from(text);
			for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
			splitter.end();
			const told = reports.map(report => report.bytes ?? -1);
			expect(told).toHaveLength(8);
			expect(told).toEqual(told.toSorted((a, b) => a - b));
			for (const {bytes: now = 0, total = 0} of reports) expect(total).toBeGreaterThanOrEqual(now);
		}
	});
});

test('only what grows is a sign of life: not a line that repeats itself, nor a fragment that is asked for again', () => {
	let signs = 0;
	const session = newSession();
	const watchdog = {signal: new AbortController().signal, rest: () => {}, stop: () => {}, feed: () => void signs++};
	session.start(watchdog);
	const heard = (line: string): number => {
		const before = signs;
		session.hear(line);
		return signs - before;
	};
	expect(heard('[download]  20.0% of ~1.00MiB at 1.00MiB/s ETA 00:01 (frag 3/15)')).toBe(1);
	expect(heard('[download]  20.0% of ~1.00MiB at 1.00MiB/s ETA 00:01 (frag 3/15)')).toBe(0);
	expect(heard('[download]  10.0% of ~1.00MiB at 1.00MiB/s ETA 00:01 (frag 4/15)')).toBe(0);
	expect(heard('[download] Got error: HTTP Error 503. Retrying fragment 4 (attempt 7 of infinite) ...')).toBe(0);
	expect(heard('[download]  21.0% of ~1.00MiB at 1.00MiB/s ETA 00:01 (frag 4/15)')).toBe(1);
	expect(heard('anidb.app links fetched')).toBe(1);
	session.stop();
});

const given = (more: Partial<Circumstances> = {}): Circumstances => ({
	wish: {title: 'Tide', query: 'Tide', episode: '7', mode: 'sub', quality: 'best', cached: undefined},
	query: 'Tide',
	index: 2,
	isByTitle: true,
	spent: 0,
	silence: createSilence(),
	unreleasedWait: 1000,
	otherwise: 'tool-failed',
	...more,
});

describe('what the words of ani-cli mean', () => {
	test.each([
		[['Blocked by cloudflare. Try installing curl-impersonate', 'No results found!'], 'blocked'],
		[['Blocked by cloudflare.', 'No results found!'], 'blocked'],
		[['No results found!'], 'no-sources'],
		[['Invalid anime selection'], 'source-changed'],
		[['Invalid episode selection'], 'not-yet-available'],
		[['Invalid episode!'], 'not-yet-available'],
		[['Invalid range!'], 'not-yet-available'],
		[['Episode not released!'], 'not-yet-available'],
		[['Episode is released, but no valid sources!'], 'no-sources'],
		[['No sources found for dub!'], 'no-sources'],
		[['Program fzf not found. Please install it.'], 'tool-missing'],
		[['Program "aria2c" not found. Please install it.'], 'tool-missing'],
		[['Program curl not found'], 'tool-missing'],
		[['Program "botan" not found.'], 'tool-missing'],
		[['Neither yt-dlp nor ffmpeg found'], 'tool-missing'],
		[['No player found. Looked for mpv and vlc'], 'tool-missing'],
		[['No menu found. Install fzf, rofi or dmenu'], 'tool-missing'],
		[['missing argument!'], 'internal'],
		[[], 'source-changed'],
		[
			['480 not found, defaulting to best', 'ERROR: unable to write data: [Errno 28] No space left on device'],
			'disk-full',
		],
		[['480 not found, defaulting to best'], 'tool-failed'],
		[['ERROR: [generic] film: HTTP Error 403: Forbidden'], 'no-sources'],
		[['ERROR: [generic] film: HTTP Error 429: Too Many Requests'], 'rate-limited'],
		[
			[
				'ERROR: fragment 4 not found, unable to continue',
				"Unrecognized option 'oepisode.%(ext)s'.",
				'Error splitting the argument list: Option not found',
			],
			'no-sources',
		],
		[["Unrecognized option 'extension_picky'.", 'Error splitting the argument list: Option not found'], 'tool-failed'],
		[
			[
				'[download] Destination: /job/Tide Episode 1.mp4',
				'ERROR: unable to open for writing: [Errno 36] File name too long',
			],
			'bad-arguments',
		],
		[['  -> [HttpSkipResponseCommand.cc:239] errorCode=3 Resource not found'], 'no-sources'],
	])('%j', (words, code) => {
		expect(failureOfWords(words, given())).toMatchObject({code});
	});

	test('an index that somebody else chose is a question for a person', () => {
		expect(failureOfWords([], given({isByTitle: false}))).toMatchObject({
			code: 'bad-arguments',
			message: 'ani-cli: there is no hit number 2 for "Tide"',
		});
	});

	test('what is not released names the series and the episode, and waits', () => {
		expect(failureOfWords(['Episode not released!'], given())).toMatchObject({
			message: 'ani-cli: episode 7 of Tide is not there: Episode not released!',
			waitAtLeast: 1000,
		});
	});
});

const named = (title: string, ...titles: readonly string[]) =>
	hitNamed(
		title,
		titles.map((each, index) => ({index: index + 1, title: each})),
	)?.index;

describe('titles', () => {
	test.each([
		['Sea & Sand', ['Sea &amp; Sand 2', 'Sea &amp; Sand'], 2],
		["Frieren: Beyond Journey's End", ['Frieren - Beyond Journey’s End'], 1],
		['fate/stay night', ['Fate\\u002Fstay night (24 episodes)'], 1],
		['Hunter x Hunter', ['Hunter x Hunter (2011) (148 episodes) (2011)', 'Hunter x Hunter (62 episodes) (1999)'], 2],
		['Hunter x Hunter (148 eps)', ['HUNTER X HUNTER (148 episodes)'], 1],
		['K-On!!', ['K-On! (13 episodes)', 'K-On!! (26 episodes)'], 2],
		["Gintama'", ['Gintama', 'Gintama.'], undefined],
		['Naruto', ['Naruto: Shippuuden', 'Boruto'], undefined],
		['ＫＯＮＯＳＵＢＡ', ['Konosuba'], 1],
		['!!!', ['???', '!!!'], 2],
		['---', ['___', '...'], undefined],
	])('%s among %j', (title, titles, index) => {
		expect(named(title, ...titles)).toBe(index);
	});

	test('entities that mean nothing stay', () => {
		expect(plainTitle('a &#99999999; &#x110000; &bogus; &#0; b')).toBe('a &#99999999; &#x110000; &bogus; &#0; b');
	});

	test('a list of hits and a history are read line by line', () => {
		expect(hitsIn('1 One Two\n 2 Three\nthree\n\n10 Ten\n')).toEqual([
			{index: 1, title: 'One Two'},
			{index: 2, title: 'Three'},
			{index: 10, title: 'Ten'},
		]);
		expect(titleInHistory('1\ta\tOld\n2\tb\tNew \tname\n')).toBe('New \tname');
		expect(titleInHistory('')).toBeUndefined();
		expect(titleInHistory('1\ta\n')).toBeUndefined();
	});
});
