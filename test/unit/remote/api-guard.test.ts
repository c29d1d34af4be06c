import {describe, expect, test} from 'vitest';
import {createGuard} from '../../../source/remote/api/guard.ts';
import {createVeil} from '../../../source/remote/api/veil.ts';
import {metricsText} from '../../../source/remote/api/metrics.ts';
import {noCounts} from '../../../source/domain/batch.ts';
import {scriptedSnapshot} from '../../support/scripted-engine.ts';

const guard = createGuard('0123456789abcdef', ['tide.example']);

describe('the name that a request calls', () => {
	test.each([
		'localhost',
		'localhost:1',
		'LOCALHOST',
		'127.0.0.1:65535',
		'192.168.1.7',
		'[::1]',
		'[fe80::1]:80',
		'tide.example',
	])('%s is ours', host => expect(guard.isHost(host)).toBe(true));
	test.each([
		undefined,
		'',
		':80',
		'evil.example',
		'tide.example.evil',
		'localhost.',
		'127.0.0.1.evil.example',
		'a@localhost',
		'::1',
		'[localhost]',
		'1.2.3',
		'localhost/x',
	])('%s is not', host => expect(guard.isHost(host)).toBe(false));
});

const isOrigin = (origin: string | undefined, host: string): boolean =>
	guard.isOrigin(origin === undefined ? {host} : {origin, host});

describe('the site that a request comes from', () => {
	test('none, or the one that is asked, is fine', () => {
		expect(isOrigin(undefined, 'localhost:7300')).toBe(true);
		expect(isOrigin('http://localhost:7300', 'localhost:7300')).toBe(true);
		expect(isOrigin('https://tide.example', 'TIDE.example')).toBe(true);
	});
	test.each(['null', 'http://localhost:7301', 'http://evil.example', 'file://', 'localhost:7300', ''])(
		'%s is not',
		origin => expect(isOrigin(origin, 'localhost:7300')).toBe(false),
	);
});

describe('paths of this machine', () => {
	const veil = createVeil('/srv/media', ['/home/me', '/var/lib/tidegate', '/', '']);
	test.each([
		['/srv/media/Show/a.mkv', 'Show/a.mkv'],
		["EACCES: permission denied, open '/srv/media/a b/c.mkv'", "EACCES: permission denied, open 'a b/c.mkv'"],
		['see /home/me/config.toml', 'see …/config.toml'],
		['/usr/local/bin/yt-dlp is missing', '…/yt-dlp is missing'],
		['https://example.org/a/b?x=1', 'https://example.org/a/b?x=1'],
		['half/way and 1/2', 'half/way and 1/2'],
		['https://me:pass@example.org/?token=abcdef', 'https://***@example.org/?token=***'],
	])('%s is told as %s', (text, told) => expect(veil.text(text)).toBe(told));

	test('cursors and what a person wrote stay as they are', () => {
		const told = {
			next: '/a/b/c',
			jobs: [{title: 'AC/DC /live/', output: '{title}/x.{ext}', source: 'https://h/p?sig=abc'}],
		};
		expect(veil.json(told)).toEqual({...told, jobs: [{...told.jobs[0], source: 'https://h/p?sig=***'}]});
	});
});

test('a label of a figure may hold anything', () => {
	const lane = {
		id: 'a"b\\c\nd',
		provider: 'http',
		running: 1,
		limit: 2,
		breaker: 'open' as const,
		failures: 3,
		lastSuccessAt: undefined,
		lastFailureAt: undefined,
		hold: undefined,
	};
	const statistics = {counts: noCounts, successRate: undefined, sizes: undefined, batches: [], topErrors: []};
	const text = metricsText({...scriptedSnapshot, lanes: [lane]}, statistics, {version: '1', streams: 0});
	expect(text).toContain(String.raw`tidegate_lane_running{lane="a\"b\\c\nd",provider="http"} 1` + '\n');
	expect(text).not.toContain('tidegate_limit_bytes_per_second');
});
