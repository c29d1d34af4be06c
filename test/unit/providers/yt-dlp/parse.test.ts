import {describe, expect, test} from 'vitest';
import {
	failureFromErrors,
	noProgress,
	parseYtDlpLine,
	reportOf,
	withEvent,
} from '../../../../source/providers/yt-dlp/parse.ts';
import {transcripts} from '../../../support/transcripts.ts';

const linesOf = (bytes: Buffer): readonly string[] =>
	bytes
		.toString()
		.split('\n')
		.filter(line => line !== '');

describe('what yt-dlp 2023.03.04 printed is understood', () => {
	const recorded = transcripts('yt-dlp-').filter(({stdout}) => stdout.length > 0);

	test.each(recorded)('$name: bytes, total and file', ({stdout, expected}) => {
		const events = linesOf(stdout).flatMap(line => parseYtDlpLine(line) ?? []);
		const known = events.reduce(withEvent, noProgress);
		expect(reportOf(known)).toEqual({bytes: expected['bytes'], total: expected['total']});
		expect(events.filter(({type}) => type === 'progress')).toHaveLength(Number(expected['progressLines']));
		const file = events.find(event => event.type === 'file');
		expect(file).toEqual(expected['file'] === undefined ? undefined : {type: 'file', ...Object(expected['file'])});
		const info = events.find(event => event.type === 'info');
		expect(info?.entries).toBe(expected['entries']);
	});

	test('progress over video and audio never falls, and has no total before both are known', () => {
		const {stdout} = transcripts('yt-dlp-video-and-audio')[0] ?? expect.unreachable();
		let known = noProgress;
		const reports = linesOf(stdout).flatMap(line => {
			const event = parseYtDlpLine(line);
			if (event === undefined) return [];
			known = withEvent(known, event);
			return event.type === 'progress' ? [reportOf(known)] : [];
		});
		const bytes = reports.map(report => report.bytes ?? -1);
		expect(bytes).toEqual(bytes.toSorted((left, right) => left - right));
		expect(reports.at(0)?.total).toBeUndefined();
		expect(reports.at(-1)).toEqual({bytes: 208_492 + 117_312, total: 208_492 + 117_312});
	});

	const failures = transcripts('yt-dlp-').filter(({expected}) => expected['code'] !== undefined);

	test.each(failures)('$name: the failure, in its own words', ({stderr, expected}) => {
		const failure = failureFromErrors(linesOf(stderr), Number(expected['exitCode']));
		expect(failure?.code).toBe(expected['code']);
		expect(failure?.message).toMatch(/^yt-dlp: \S/);
		expect(failure?.message).not.toContain('please report');
		expect(stderr.toString()).toContain(failure?.detail);
	});
});

describe('words of yt-dlp and what they mean', () => {
	test.each([
		["ERROR: [youtube] abc: Private video. Sign in if you've been granted access", 'unavailable'],
		['ERROR: [youtube] abc: Sign in to confirm you’re not a bot', 'captcha'],
		['ERROR: [youtube] abc: This video is DRM protected', 'drm-protected'],
		['ERROR: [youtube] abc: Unable to extract uploader id; please report this issue on  https://x', 'tool-too-old'],
		['ERROR: [generic] tls: Unable to download webpage: HTTP Error 404: Not Found', 'not-found'],
		['ERROR: Unsupported URL: http://example.org/captcha', 'unsupported'],
		["ERROR: unable to open for writing: [Errno 28] No space left on device: 'x'", 'disk-full'],
		["ERROR: unable to open for writing: [Errno 13] Permission denied: 'x'", 'permission-denied'],
		['ERROR: Postprocessing: ffmpeg not found. Please install or provide the path', 'tool-missing'],
		['ERROR: unable to download video data: HTTP Error 503: Service Unavailable', 'service-unavailable'],
		['ERROR: unable to download video data: <urlopen error [Errno 104] Connection reset by peer>', 'connection-lost'],
		['ERROR: [x] y: <urlopen error timed out>', 'timeout'],
		['ERROR: something that nobody has seen', 'tool-failed'],
	])('%s', (line, code) => {
		expect(failureFromErrors(['WARNING: captcha', line], 1)?.code).toBe(code);
	});

	test('the first error names the cause, not what followed from it', () => {
		const lines = ['ERROR: strange', 'ERROR: a: HTTP Error 410: Gone', 'ERROR: HTTP Error 503: no'];
		expect(failureFromErrors(lines, 1)?.code).toBe('gone');
	});

	test('secrets and escape codes of its words go no further', () => {
		const failure = failureFromErrors(['ERROR: \u001B[31mno\u001B[0m http://u:pw@h/?token=abc'], 1);
		expect(JSON.stringify(failure)).not.toMatch(/pw@|abc|\\u001b/i);
	});

	test('a download that it gave up is told in the words that stand on a line of their own', () => {
		// yt-dlp 2023.03.04 on loopback: `ERROR: `, a bare carriage return, then the words.
		const words = 'Downloaded 20000 bytes, expected 176467 bytes. Giving up after 3 retries';
		expect(failureFromErrors(['ERROR: ', `[download] Got error: ${words}`], 1)).toMatchObject({
			code: 'connection-lost',
			message: `yt-dlp: ${words}`,
		});
	});

	test('no error is no failure, unless the exit code says so', () => {
		expect(failureFromErrors(['WARNING: nothing'], 1)).toBeUndefined();
		expect(failureFromErrors([], 2)?.code).toBe('bad-arguments');
	});
});

test('a title with a line end in it cannot name a file, a title or an end in our place', () => {
	const forged = [
		'DLF {"filepath":"/etc/passwd"}',
		'DLF /etc/passwd',
		'DLB {"title":"x"}',
		'DLM {"status":"finished"}',
		'DLP {}',
	];
	for (const line of forged) expect(parseYtDlpLine(line, 'a1b2c3')).toBeUndefined();
	expect(parseYtDlpLine('DLFa1b2c3 {"filepath":"/job/a.mkv"}', 'a1b2c3')).toMatchObject({
		type: 'file',
		path: '/job/a.mkv',
	});
});
