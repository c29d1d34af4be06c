import {describe, expect, test} from 'vitest';
import {failureClass, type FailureCode} from '../../../../source/domain/failure.ts';
import {failureOf, type Said} from '../../../../source/providers/orpheus/failures.ts';
import {otherTrack} from '../../../../source/providers/orpheus/match.ts';

const nothing: Said = {
	ended: undefined,
	refusal: undefined,
	warning: undefined,
	reason: undefined,
	isInterrupted: false,
	stderr: [],
	last: undefined,
};

const exit = {
	type: 'ended',
	exitCode: 0,
	signal: undefined,
	isStopped: false,
	lastStdoutLines: [],
	lastStderrLines: [],
} as const;

const failure = (said: Partial<Said>) => failureOf({...nothing, ...said}, exit, '/opt/OrpheusDL');

/** What the core, the modules of services and the libraries below them say, and what can be done about it. */
const corpus: ReadonlyArray<readonly [words: string, code: FailureCode]> = [
	// Region and offer.
	['This track is not available in your region', 'region-blocked'],
	["Track isn't available in your country", 'region-blocked'],
	['modules.tidal.tidal_api.TidalError: Error: Resource not found. This might be region-locked.', 'region-blocked'],
	['modules.beatport.beatport_api.BeatportError: Territory Restricted.', 'region-blocked'],
	['Track is unavailable on Spotify: Track ac45 is unavailable (Cannot get alternative track)', 'unavailable'],
	['Track "Faded" is not streamable!', 'unavailable'],
	["'url'", 'unavailable'],
	['ConnectionError: {"detail":"Not found."}', 'not-found'],
	['No search results for track: zebra', 'no-sources'],
	['Exception: No search results for track: zebra', 'no-sources'],
	['Track requires HLS, so it cannot be downloaded by this module until a later update.', 'unsupported'],
	['Exception: URL location "example.org" is not found in modules!', 'unsupported'],
	['Exception: Unknown module name "napster". Must select from: deezer, qobuz', 'unsupported'],
	// Accounts.
	[
		'orpheus.core.Orpheus.load_module.<locals>.ModuleError: qobuz --> {"code":401,"status":"error","message":"User authentication is required. (Root=1-69ec8f93)"}',
		'login-required',
	],
	['modules.deezer.api.APIError: Invalid ARL', 'login-required'],
	['orpheus.core.ModuleError: tidal --> Invalid username or password', 'login-required'],
	['Exception: Wrong password', 'login-required'],
	['Exception: Your subscription has expired', 'login-required'],
	['Exception: Account requires a premium subscription', 'login-required'],
	['Exception: Free accounts are not eligible', 'login-required'],
	["KeyError: 'password'", 'login-required'],
	["KeyError: 'app_id'", 'login-required'],
	['Exception: Module does not use temporary settings', 'login-required'],
	// The wire.
	[
		"requests.exceptions.RetryError: HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded with url: /track (Caused by ResponseError('too many 429 error responses'))",
		'rate-limited',
	],
	[
		"requests.exceptions.RetryError: HTTPSConnectionPool(host='a', port=443): Max retries exceeded (Caused by ResponseError('too many 503 error responses'))",
		'service-unavailable',
	],
	["requests.exceptions.RetryError: … (Caused by ResponseError('too many 500 error responses'))", 'server-error'],
	[
		"requests.exceptions.ConnectionError: HTTPSConnectionPool(host='a', port=443): Max retries exceeded with url: /x (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno -2] Name or service not known'))",
		'name-not-resolved',
	],
	[
		'requests.exceptions.ConnectionError: … Failed to establish a new connection: [Errno 101] Network is unreachable',
		'no-network',
	],
	['ConnectionRefusedError: [Errno 111] Connection refused', 'connection-refused'],
	['requests.exceptions.ReadTimeout: HTTPSConnectionPool: Read timed out. (read timeout=None)', 'timeout'],
	[
		"('Connection broken: IncompleteRead(143360 bytes read, 17154 more expected)', IncompleteRead(143360 bytes read, 17154 more expected))",
		'connection-lost',
	],
	['json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)', 'server-error'],
	// The machine and the installation.
	['OSError: [Errno 28] No space left on device', 'disk-full'],
	["ModuleNotFoundError: No module named 'mutagen'", 'tool-missing'],
	["FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", 'tool-missing'],
	['EOFError: Ran out of input', 'bad-arguments'],
	// What was saved is no music.
	["mutagen.mp3.HeaderNotFoundError: can't sync to MPEG frame", 'not-media'],
	["mutagen.flac.FLACNoHeaderError: 'x' is not a valid FLAC file", 'not-media'],
	// Nothing of this is known.
	['IndexError: list index out of range', 'tool-failed'],
];

describe('a failure in the words of OrpheusDL', () => {
	test.each(corpus)('%s', (words, code) => {
		expect(failure({ended: 'failed', warning: words}).code).toBe(code);
		expect(failure({ended: 'failed', reason: words}).code).toBe(code);
		const stderr = [
			'Traceback (most recent call last):',
			'  File "/opt/OrpheusDL/orpheus.py", line 225, in <module>',
			words,
		];
		expect(failure({stderr}).code).toBe(code);
	});

	test('what is nothing but a limit or a network is tried again, and what needs an account waits for a person', () => {
		const classes = Object.fromEntries(corpus.map(([, code]) => [code, failureClass(code)]));
		expect(classes).toMatchObject({
			'region-blocked': 'permanent',
			unavailable: 'permanent',
			'login-required': 'person',
			'rate-limited': 'transient',
			'connection-lost': 'transient',
			'no-network': 'environment',
			'tool-missing': 'environment',
		});
	});

	test.each<readonly [string, Partial<Said>, FailureCode, string]>([
		[
			'new settings',
			{refusal: {why: 'settings', text: 'New settings'}},
			'bad-arguments',
			'/opt/OrpheusDL/config/settings.json',
		],
		['no modules', {refusal: {why: 'no-modules', text: 'No modules'}}, 'tool-missing', 'no module'],
		['a bad address', {refusal: {why: 'bad-address', text: 'Invalid URL: "x"'}}, 'unsupported', 'Invalid URL'],
		[
			'strict quality',
			{ended: 'too-poor', reason: 'Strict quality download failed: Requested quality "hifi"'},
			'unavailable',
			'hifi',
		],
		['a leftover', {ended: 'skipped'}, 'no-artefact', 'skipped'],
		['an interruption', {isInterrupted: true}, 'tool-failed', 'interrupted by somebody else'],
		['success without a file', {ended: 'downloaded'}, 'no-artefact', 'left no file'],
		['silence', {}, 'tool-failed', 'exit code 0 and no track; it said nothing'],
	])('%s is told in words', (_, said, code, words) => {
		expect(failure(said)).toMatchObject({code, message: expect.stringContaining(words)});
	});
});

test('an exception is told without the package that it comes from, and the whole of it stands in the log', () => {
	const words = 'orpheus.core.Orpheus.load_module.<locals>.ModuleError: qobuz --> {"code":401}';
	const stderr = [
		'Traceback (most recent call last):',
		'  File "/opt/OrpheusDL/modules/qobuz/interface.py", line 9, in x',
		words,
	];
	expect(failure({stderr})).toMatchObject({
		message: 'OrpheusDL: ModuleError: qobuz --> {"code":401}',
		detail: `${words} (modules/qobuz/interface.py:9)`,
	});
	expect(failure({ended: 'failed', warning: "'url'"}).message).toBe(
		'OrpheusDL: the service offers no file of this track',
	);
});

describe('the first hit of a search', () => {
	const wanted = {title: 'Tide', artists: ['The Tides'], duration: 200_000};
	const told = {name: 'Tide', artists: 'The Tides', duration: 200};
	test.each([
		['the same', told, true],
		['additions', {...told, name: 'Tide (feat. Someone) - 2011 Remaster'}, true],
		['accents and signs', {...told, name: 'TÍDE!'}, true],
		['more artists', {...told, artists: 'Someone, The Tides'}, true],
		['what is not told yet', {name: undefined, artists: undefined, duration: undefined}, true],
		['a few seconds', {...told, duration: 208}, true],
		['another title', {...told, name: 'Ebb'}, false],
		['a live recording', {...told, name: 'Tide (Live)'}, false],
		['a remix', {...told, name: 'Tide - Someone Remix'}, false],
		['another artist', {...told, artists: 'Karaoke Kings'}, false],
		['another length', {...told, duration: 120}, false],
	])('%s', (_, found, isRight) => {
		expect(otherTrack(wanted, found) === undefined).toBe(isRight);
	});
});
