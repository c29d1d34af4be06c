import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {AddRequest} from '../../../source/engine/ports.ts';
import {createTestEngine} from '../../support/test-engine.ts';

describe('a list with bad sources', () => {
	test('adds nothing, and names each bad one with its place and what is wrong with it', async () => {
		const {send, engine} = await createTestEngine();
		const good = Array.from({length: 200}, (_, index): AddRequest => ({source: `scripted:${index}`}));
		const requests = good.toSpliced(17, 1, {source: '  '}).toSpliced(50, 1, {source: 'ftp://host/file'});
		const answer = await send({type: 'add', requests: [...requests, {source: 'just words'}]});
		expect(answer).toEqual({
			ok: false,
			code: 'bad-request',
			message: '3 sources cannot be added; nothing was added',
			bad: [
				{index: 17, source: '', problem: 'the source is empty'},
				{
					index: 50,
					source: 'ftp://host/file',
					problem: 'no provider takes ftp: addresses; enable one in config.toml or name it with --provider',
				},
				{index: 200, source: 'just words', problem: 'it is no address; addresses look like https://host/file'},
			],
		});
		expect(engine.getSnapshot().counts.queued).toBe(0);
		expect((await engine.list({})).rows).toEqual([]);
	});

	test('adds the good ones when asked to skip the others', async () => {
		const {send} = await createTestEngine();
		const answer = await send({
			type: 'add',
			requests: [{source: 'scripted:good'}, {source: ''}],
			skipBad: true,
		});
		expect(answer).toMatchObject({ok: true, changed: [1], bad: [{index: 1}]});
	});

	test('shows no secret of a bad source', async () => {
		const {send} = await createTestEngine();
		const answer = await send({type: 'add', requests: [{source: 'sftp://me:hunter2@host/file?token=abcdef'}]});
		expect(JSON.stringify(answer)).not.toMatch(/hunter2|abcdef/);
	});
});

const digest = (digits: number): string => 'aB'.repeat(digits / 2);

describe('what stands beside a source', () => {
	const bad: ReadonlyArray<readonly [what: string, request: Partial<AddRequest>, problem: RegExp]> = [
		['a priority above 9', {priority: 10}, /priority 10/],
		['a priority that is no whole number', {priority: 1.5}, /priority 1\.5/],
		['no attempt at all', {maxAttempts: 0}, /0 attempts/],
		['attempts that have no end', {maxAttempts: 101}, /101 attempts/],
		['half an attempt', {maxAttempts: 1.5}, /1\.5 attempts/],
		['a size of nothing', {expectedSize: 0}, /expected size 0/],
		['a size that cannot be counted', {expectedSize: 2 ** 60}, /expected size/],
		['a checksum of the wrong length', {checksum: `sha256:${digest(40)}`}, /64 hexadecimal digits; this one has 40/],
		['a checksum of an unknown kind', {checksum: `crc32:${digest(8)}`}, /must begin with one of/],
		['a checksum with other letters', {checksum: `md5:${'z'.repeat(32)}`}, /not hexadecimal/],
		['a checksum with something behind it', {checksum: `sha1:${digest(40)}:more`}, /not hexadecimal/],
		['a template that leaves the storage', {output: '../{name}'}, /may not leave/],
		[
			'a template that leaves the storage, beside a good checksum',
			{checksum: `sha256:${digest(64)}`, output: '../{name}'},
			/may not leave/,
		],
		['a provider that does not exist', {provider: 'nobody'}, /there is no provider nobody; there are scripted/],
	];
	test.each(bad)('is refused: %s', async (_what, request, problem) => {
		const {send} = await createTestEngine();
		const answer = await send({type: 'add', requests: [{source: 'scripted:file', ...request}]});
		expect(answer).toMatchObject({ok: false, bad: [{index: 0, problem: expect.stringMatching(problem)}]});
	});

	test('is kept when it is good', async () => {
		const {add, job} = await createTestEngine({isStarted: false});
		const [id] = (await add({
			source: '  scripted:file  ',
			title: 'A \u001B[31mred\u001B[0m title\n',
			priority: 0,
			maxAttempts: 7,
			expectedSize: 5,
			checksum: `SHA256:${digest(64)}`,
			output: '{batch}/{name}.{ext}',
			isPaused: true,
		})) as [JobId];
		expect(await job(id)).toMatchObject({
			source: 'scripted:file',
			title: 'A red title',
			priority: 0,
			maxAttempts: 7,
			expectedSize: 5,
			checksum: `sha256:${digest(64).toLowerCase()}`,
			output: '{batch}/{name}.{ext}',
			status: 'paused',
		});
	});
});

describe('the same thing twice', () => {
	test('is added once, and the answer names the job that has it', async () => {
		const {send} = await createTestEngine();
		await send({type: 'add', requests: [{source: 'scripted:file'}]});
		const answer = await send({
			type: 'add',
			requests: [{source: 'scripted:file#t=30'}, {source: 'scripted:other'}, {source: 'scripted:other'}],
		});
		expect(answer).toMatchObject({
			ok: true,
			changed: [2],
			duplicates: [
				{source: 'scripted:file#t=30', id: 1},
				{source: 'scripted:other', id: 2},
			],
		});
	});

	test('is two things when language, quality or episode differ; another hoster makes no difference', async () => {
		const {send} = await createTestEngine({isStarted: false});
		const source = 'scripted:show';
		const answer = await send({
			type: 'add',
			requests: [
				{source},
				{source, options: {language: 'de'}},
				{source, options: {quality: 'de'}},
				{source, options: {language: 'de', quality: '720p'}},
				{source, options: {episode: 1}},
				{source, options: {episode: 2}},
				{source, options: {episode: 2, hoster: 'other'}},
			],
		});
		expect(answer).toMatchObject({changed: [1, 2, 3, 4, 5, 6], duplicates: [{source, id: 6}]});
	});
});

describe('the same file twice', () => {
	test('is refused by the name of the open job that writes it, whatever the spelling of its path', async () => {
		const {send, act} = await createTestEngine();
		const add = (name: string, output: string) => send({type: 'add', requests: [{source: `scripted:${name}`, output}]});
		expect(await add('a', 'shows/film.mkv')).toMatchObject({changed: [1], duplicates: []});
		for (const output of ['shows/film.mkv', './shows//film.mkv', ' shows/film.mkv']) {
			expect(await add('b', output)).toMatchObject({
				ok: true,
				changed: [],
				duplicates: [{source: 'scripted:b', id: 1, destination: 'shows/film.mkv'}],
			});
		}

		await act('cancel', 1 as JobId);
		expect(await add('b', 'shows/film.mkv')).toMatchObject({changed: [2]});
		expect(await act('retry', 1 as JobId)).toMatchObject({
			refused: [{id: 1, reason: 'job 2 is about to write the same file'}],
		});
	});

	test('is no question where the template leaves it to the job: those are numbered when they are placed', async () => {
		const {send} = await createTestEngine();
		const requests = ['a', 'b'].map(name => ({source: `scripted:${name}`, output: 'shows/{episode:02}.mkv'}));
		expect(await send({type: 'add', requests})).toMatchObject({changed: [1, 2], duplicates: []});
	});
});

test('batches whose titles look the same are one, however Unicode writes them', async () => {
	const {send, engine} = await createTestEngine();
	for (const [index, batch] of ['Café', 'Cafe\u0301', ' Caf\u00E9\u200B '].entries())
		await send({type: 'add', requests: [{source: `scripted:${index}`}], batch});
	expect(await engine.findBatch('Cafe\u0301')).toMatchObject({title: 'Caf\u00E9', counts: {downloading: 3}});
	expect(await send({type: 'add', requests: [{source: 'scripted:x'}], batch: ' \u200B'})).toMatchObject({ok: true});
});

test('a title is made from what the address says where none was given', async () => {
	const {add, job} = await createTestEngine({
		isStarted: false,
		providers: () => [
			{
				id: 'web',
				abilities: {resume: true, liveRateLimit: false, needsSearch: false},
				accepts: source => source.startsWith('https:'),
				laneOf: () => 'web',
				canonical: source => source,
				check: () => Promise.reject(new Error('never asked')),
				run: () => Promise.reject(new Error('never run')),
			},
		],
	});
	const titles: ReadonlyArray<readonly [source: string, title: string]> = [
		['https://host/a/My%20File.mkv?x=1', 'My File.mkv'],
		['https://host/', 'host'],
		['https://host/a/%E0%A4%A', 'https://host/a/%E0%A4%A'],
		['https://me:secret@host/', 'host'],
		['https://host/%1B%5B31mred', 'red'],
	];
	for (const [source, title] of titles) {
		const [id] = (await add({source})) as [JobId];
		expect((await job(id)).title).toBe(title);
	}
});
