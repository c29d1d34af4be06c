import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {FailureCode} from '../../source/domain/failure.ts';
import {closedPort, type Content, type MediaAnswer, type MediaRoute} from '../../source/demo/media-server.ts';
import {
	expectedSha256,
	filesIn,
	runOnce,
	sha256OfFile,
	testProvider,
	testServer,
	type Run,
} from '../support/http-run.ts';
import {temporaryDirectory} from '../support/temp.ts';

const content: Content = {seed: 11, size: 300_001};

const tryAll = async (answers: readonly MediaAnswer[], path = '/show/one.mp4') => {
	const server = await testServer({[path]: {content, answers}});
	const directory = await temporaryDirectory();
	const provider = testProvider();
	const run = (): Promise<Run> => runOnce({provider, source: `${server.url}${path}`, directory});
	return {server, directory, provider, run};
};

const expectWhole = async (run: Run, directory: string, expected: Content = content): Promise<void> => {
	expect(run.outcome).toMatchObject({type: 'fetched', size: expected.size});
	if (run.outcome.type !== 'fetched') return;
	expect(await filesIn(directory)).toEqual([run.outcome.name]);
	expect(await sha256OfFile(join(directory, run.outcome.path))).toBe(expectedSha256(expected));
};

const expectFailure = (run: Run, code: FailureCode): void => {
	expect(run.outcome).toMatchObject({type: 'failed', failure: {code}});
};

describe('a file that comes whole', () => {
	const good: ReadonlyArray<readonly [string, MediaAnswer]> = [
		['from a plain server', {type: 'file'}],
		['from a server that sends no parts', {type: 'file', ranges: 'ignored'}],
		['in chunks, with no size announced', {type: 'file', length: 'none'}],
		['without anything that identifies it', {type: 'file', etag: null, lastModified: null}],
		['packed, although that was not asked for', {type: 'file', coding: 'gzip'}],
		['at a limited speed', {type: 'file', rate: 3_000_000}],
	];
	test.for(good)('is fetched %s', async ([, answer]) => {
		const {directory, run} = await tryAll([answer]);
		await expectWhole(await run(), directory);
	});

	test('is empty when the server says so', async () => {
		const server = await testServer({'/none.txt': {content: {seed: 1, size: 0}}});
		const directory = await temporaryDirectory();
		const run = await runOnce({provider: testProvider(), source: `${server.url}/none.txt`, directory});
		await expectWhole(run, directory, {seed: 1, size: 0});
	});

	test('keeps an archive as it is when the server calls it packed', async () => {
		const {directory, run} = await tryAll([{type: 'file', coding: 'gzip'}], '/songs.tar.gz');
		expect((await run()).outcome).toMatchObject({type: 'fetched', name: 'songs.tar.gz'});
		const head = await readFile(join(directory, 'songs.tar.gz'));
		expect([...head.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
	});
});

describe('what a server answers instead of a file', () => {
	const statuses: ReadonlyArray<readonly [number, FailureCode]> = [
		[401, 'login-required'],
		[403, 'forbidden'],
		[404, 'not-found'],
		[410, 'gone'],
		[418, 'bad-request'],
		[429, 'rate-limited'],
		[500, 'server-error'],
		[502, 'server-error'],
		[503, 'service-unavailable'],
		[504, 'timeout'],
		[202, 'not-yet-available'],
		[204, 'server-error'],
	];
	test.for(statuses)('status %i is told as %s and leaves nothing behind', async ([status, code]) => {
		const {directory, run} = await tryAll([{type: 'status', status}]);
		expectFailure(await run(), code);
		expect(await readdir(directory)).toEqual([]);
	});

	test('a Retry-After in seconds is passed on', async () => {
		const {run} = await tryAll([{type: 'status', status: 503, headers: {'retry-after': '7'}}]);
		expect((await run()).outcome).toMatchObject({failure: {retryAfter: 7000}});
	});

	test('a Retry-After that is a date is passed on as a wait, a day at most', async () => {
		const {run} = await tryAll([
			{type: 'status', status: 429, headers: {'retry-after': 'Fri, 01 Jan 2999 00:00:00 GMT'}},
		]);
		expect((await run()).outcome).toMatchObject({failure: {retryAfter: 86_400_000}});
	});

	test('a page under status 200 is left for the check that knows whether a page was meant', async () => {
		const media = await tryAll([{type: 'page'}]);
		expect((await media.run()).outcome).toMatchObject({type: 'fetched', isWebPageExpected: false});
		const page = await tryAll([{type: 'page'}], '/about.html');
		expect((await page.run()).outcome).toMatchObject({type: 'fetched', isWebPageExpected: true});
	});

	test('nobody at the port is told as a refused connection', async () => {
		const directory = await temporaryDirectory();
		const source = `http://127.0.0.1:${await closedPort()}/a.mp4`;
		expectFailure(await runOnce({provider: testProvider(), source, directory}), 'connection-refused');
	});

	test('a server that never answers is told as a timeout', async () => {
		const {run} = await tryAll([{type: 'silence'}]);
		expectFailure(await run(), 'timeout');
	});

	test('a server that hangs up is asked once more and then told as a lost connection', async () => {
		const {run, server} = await tryAll([{type: 'hang-up'}]);
		expectFailure(await run(), 'connection-lost');
		expect(server.requests()).toHaveLength(2);
	});

	test('a connection that was closed while it was idle costs nothing', async () => {
		const {run, directory} = await tryAll([{type: 'hang-up'}, {type: 'file'}]);
		await expectWhole(await run(), directory);
	});
});

describe('a file that comes broken', () => {
	test('a connection that breaks keeps the bytes, and the next attempt asks only for the rest', async () => {
		const {run, directory, server} = await tryAll([{type: 'file', dropAfter: 100_000}, {type: 'file'}]);
		expectFailure(await run(), 'connection-lost');
		expect(await readdir(directory)).toEqual(['.http-resume.json', 'one.mp4.part']);
		await expectWhole(await run(), directory);
		expect(server.requests()[1]?.headers['range']).toBe('bytes=100000-300000');
		expect(server.served('/show/one.mp4').bytes).toBe(content.size);
	});

	test('a line without bytes is given up as stalled, with the bytes kept', async () => {
		const {run, directory, server} = await tryAll([{type: 'file', stallAfter: 50_000}, {type: 'file'}]);
		expectFailure(await run(), 'stalled');
		await expectWhole(await run(), directory);
		expect(server.requests()[1]?.headers['range']).toBe('bytes=50000-300000');
	});

	test('fewer bytes than announced are never taken for the file', async () => {
		const {run, directory} = await tryAll([{type: 'file', length: 1000}, {type: 'file'}]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory);
	});

	test('a body in chunks that breaks off is never taken for the file', async () => {
		const {run, directory} = await tryAll([{type: 'file', length: 'none', dropAfter: 70_000}, {type: 'file'}]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory);
	});

	test('a body that goes on behind its announced end ends where it was announced', async () => {
		const {run} = await tryAll([{type: 'file', length: -1000}]);
		expect((await run()).outcome).toMatchObject({type: 'fetched', size: content.size - 1000});
	});

	test('what cannot be recognised again is not gone on with', async () => {
		const nameless = {type: 'file', etag: null, lastModified: null} as const;
		const {run, directory, server} = await tryAll([{...nameless, dropAfter: 100_000}, nameless]);
		expectFailure(await run(), 'connection-lost');
		expect(await readdir(directory)).toEqual([]);
		await expectWhole(await run(), directory);
		expect(server.requests()[1]?.headers['range']).toBeUndefined();
	});

	test('a weak ETag proves nothing', async () => {
		const weak = {type: 'file', etag: 'W/"1"', lastModified: null} as const;
		const {run, directory, server} = await tryAll([{...weak, dropAfter: 100_000}, weak]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory);
		expect(server.requests()[1]?.headers['range']).toBeUndefined();
	});

	test('an unknown packing is refused in words', async () => {
		const server = await testServer({
			'/a.mp4': {
				answers: [{type: 'status', status: 200, body: 'x', headers: {'content-encoding': 'compress'}}],
			},
		});
		const directory = await temporaryDirectory();
		expectFailure(await runOnce({provider: testProvider(), source: `${server.url}/a.mp4`, directory}), 'unsupported');
		expect(await readdir(directory)).toEqual([]);
	});

	test('a damaged packing is never taken for the file', async () => {
		const headers = {'content-encoding': 'gzip'};
		const {run, directory} = await tryAll([{type: 'status', status: 200, body: 'no gzip at all', headers}]);
		expectFailure(await run(), 'server-error');
		expect(await readdir(directory)).toEqual([]);
	});
});

describe('a second attempt', () => {
	const dropped: MediaAnswer = {type: 'file', dropAfter: 100_000};
	const other: Content = {seed: 12, size: 200_000};

	test('starts anew when the server has another file', async () => {
		const {run, directory, server} = await tryAll([dropped, {type: 'file', content: other}]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory, other);
		expect(server.requests()).toHaveLength(2);
	});

	test('starts anew when the server has another file and ignores If-Range', async () => {
		const {run, directory} = await tryAll([dropped, {type: 'file', content: other, isIfRangeHonoured: false}]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory, other);
	});

	test('starts anew when the server sends no parts', async () => {
		const {run, directory} = await tryAll([
			{...dropped, ranges: 'ignored'},
			{type: 'file', ranges: 'ignored'},
		]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory);
	});

	test.for(['shifted', 'mislabelled', 'refused'] as const)('starts anew when a part is %s', async ranges => {
		const {run, directory, server} = await tryAll([dropped, {type: 'file', ranges}, {type: 'file'}]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory);
		expect(server.requests()[2]?.headers['range']).toBeUndefined();
	});

	test('goes by the date of the last change where there is no ETag', async () => {
		const dated = {type: 'file', etag: null} as const;
		const {run, directory, server} = await tryAll([{...dated, dropAfter: 100_000}, dated]);
		expectFailure(await run(), 'connection-lost');
		await expectWhole(await run(), directory);
		expect(server.requests()[1]?.headers).toMatchObject({
			range: 'bytes=100000-300000',
			'if-range': 'Thu, 01 Jan 2026 00:00:00 GMT',
		});
	});

	test('does not give up what it has for a login page', async () => {
		const {run, directory} = await tryAll([dropped, {type: 'page'}, {type: 'file'}]);
		expectFailure(await run(), 'connection-lost');
		expectFailure(await run(), 'not-media');
		await expectWhole(await run(), directory);
	});

	test('takes 416 as the end when everything is there and the size was never told', async () => {
		const {run, directory, server} = await tryAll([{type: 'file'}]);
		await expectWhole(await run(), directory);
		// As a crash would have left it just before the rename.
		const whole = await readFile(join(directory, 'one.mp4'));
		await writeFile(join(directory, 'one.mp4.part'), whole);
		const record = await recordOf(`${server.url}/show/one.mp4`, {etag: '"b-493e1"'}, undefined, content.size);
		await writeFile(join(directory, '.http-resume.json'), record);
		await expectWhole(await run(), directory);
		expect(server.requests().map(({status}) => status)).toEqual([200, 416]);
	});

	test.for(['', '{', '{"version":1}', '{"version":1,"key":"x","name":"../../x","validator":{},"done":[]}'])(
		'does not trust a record that says %j',
		async text => {
			const {run, directory} = await tryAll([dropped, {type: 'file'}]);
			expectFailure(await run(), 'connection-lost');
			await writeFile(join(directory, '.http-resume.json'), text);
			expect((await run()).outcome).toMatchObject({type: 'fetched'});
			expect(await sha256OfFile(join(directory, 'one.mp4'))).toBe(expectedSha256(content));
		},
	);

	test('does not trust a record that claims more than the part file has', async () => {
		const {run, directory, server} = await tryAll([dropped, {type: 'file'}]);
		expectFailure(await run(), 'connection-lost');
		const record = await recordOf(`${server.url}/show/one.mp4`, {etag: '"b-493e1"'}, content.size, 200_000);
		await writeFile(join(directory, '.http-resume.json'), record);
		await expectWhole(await run(), directory);
	});
});

const recordOf = async (
	source: string,
	validator: {etag: string},
	total: number | undefined,
	end: number,
): Promise<string> => {
	const {keyOf} = await import('../../source/providers/http/kept.ts');
	return JSON.stringify({
		version: 1,
		key: keyOf(source),
		name: 'one.mp4',
		validator,
		...(total === undefined ? {} : {total}),
		done: [{start: 0, end}],
	});
};

describe('redirects', () => {
	const file: MediaRoute = {content};

	test('are followed, also to another port', async () => {
		const far = await testServer({'/cdn/real.mp4': file});
		const near = await testServer({
			'/get': {answers: [{type: 'redirect', to: '/hop'}]},
			'/hop': {answers: [{type: 'redirect', to: `${far.url}/cdn/real.mp4`, status: 307}]},
		});
		const directory = await temporaryDirectory();
		const run = await runOnce({provider: testProvider(), source: `${near.url}/get`, directory});
		await expectWhole(run, directory);
		expect(run.outcome).toMatchObject({name: 'real.mp4'});
	});

	test('in a circle are given up', async () => {
		const {run, server} = await tryAll([
			{type: 'redirect', to: '/show/one.mp4?again'},
			{type: 'redirect', to: '/show/one.mp4'},
		]);
		expectFailure(await run(), 'too-many-redirects');
		expect(server.requests()).toHaveLength(2);
	});

	test('without end are given up after ten', async () => {
		const routes = Object.fromEntries(
			Array.from({length: 30}, (_, index) => [
				`/${index}`,
				{answers: [{type: 'redirect', to: `/${index + 1}`} as const]},
			]),
		);
		const server = await testServer(routes);
		const directory = await temporaryDirectory();
		const run = await runOnce({provider: testProvider(), source: `${server.url}/0`, directory});
		expectFailure(run, 'too-many-redirects');
		expect(server.requests()).toHaveLength(11);
	});

	test.for(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'javascript:1', 'http://'])('to %s are refused', async to => {
		const {run} = await tryAll([{type: 'redirect', to}]);
		expectFailure(await run(), 'unsupported');
	});

	test('do not carry credentials or headers to another server, and nothing shows them', async () => {
		const far = await testServer({'/a.mp4': file});
		const near = await testServer({
			'/first': {answers: [{type: 'redirect', to: '/second'}]},
			'/second': {answers: [{type: 'redirect', to: `${far.url}/a.mp4`}]},
		});
		const directory = await temporaryDirectory();
		const source = `http://user:hunter2@127.0.0.1:${near.port}/first`;
		const run = await runOnce({provider: testProvider({headers: {referer: 'http://home/'}}), source, directory});
		await expectWhole(run, directory);
		const expected = `Basic ${Buffer.from('user:hunter2').toString('base64')}`;
		expect(near.requests().map(({headers}) => [headers['authorization'], headers['referer']])).toEqual([
			[expected, 'http://home/'],
			[expected, 'http://home/'],
		]);
		expect(far.requests()[0]?.headers).not.toHaveProperty('authorization');
		expect(far.requests()[0]?.headers).not.toHaveProperty('referer');
		expect(JSON.stringify(run)).not.toContain('hunter2');
	});
});
