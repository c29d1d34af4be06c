import {describe, expect, test} from 'vitest';
import {ytDlpArguments} from '../../../../source/providers/yt-dlp/arguments.ts';

const files = {directory: '/job', partial: '/job/partial', source: '/job/source.txt', cookies: undefined};
const plain = {format: undefined, extraArgs: []};

const argsFor = (quality: string | undefined, settings = plain as Parameters<typeof ytDlpArguments>[1]) => {
	const built = ytDlpArguments({options: quality === undefined ? {} : {quality}}, settings, files, undefined);
	return built.ok ? built.args : built.problem;
};

const formatOf = (args: string | readonly string[]): string | undefined =>
	typeof args === 'string' ? args : args[args.indexOf('-f') === -1 ? args.length : args.indexOf('-f') + 1];

describe('how yt-dlp is called', () => {
	test("settings of the user's own yt-dlp play no part, and no address stands in the arguments", () => {
		const args = argsFor(undefined);
		expect(args[0]).toBe('--ignore-config');
		expect(args.slice(-2)).toEqual(['--batch-file', '/job/source.txt']);
		expect(String(args)).not.toContain('://');
	});

	test('a missing fragment is an error, because the default is a hole in the file', () => {
		expect(argsFor(undefined)).toContain('--abort-on-unavailable-fragment');
	});

	test.each([
		[undefined, undefined],
		['best', 'bv*+ba/b'],
		['worst', 'wv*+wa/w'],
		['audio', 'ba/b'],
		['1080', 'bv*[height<=?1080]+ba/b[height<=?1080]/wv*+ba/w'],
		['480p', 'bv*[height<=?480]+ba/b[height<=?480]/wv*+ba/w'],
	])('quality %s', (quality, format) => {
		expect(formatOf(argsFor(quality))).toBe(format);
	});

	test('a quality that nobody knows is refused with those that are known', () => {
		expect(argsFor('shiny; rm -rf')).toMatch(/knows no quality .*best, worst, audio or a height/);
	});

	test("a job's quality wins over the configured format", () => {
		expect(formatOf(argsFor(undefined, {...plain, format: 'b'}))).toBe('b');
		expect(formatOf(argsFor('audio', {...plain, format: 'b'}))).toBe('ba/b');
	});

	test('a rate limit is passed on in whole bytes', () => {
		const built = ytDlpArguments({options: {}}, plain, files, 1500.7);
		expect(built.ok && built.args.join(' ')).toContain('--limit-rate 1500 ');
	});
});
