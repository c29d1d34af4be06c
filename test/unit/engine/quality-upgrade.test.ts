import {expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {createTestEngine, seconds} from '../../support/test-engine.ts';
import {createScriptedProvider, fetched, script} from '../../support/scripted-provider.ts';

const track = {title: 'Song', artists: ['Artist']};

const done = async () => {
	const world = await createTestEngine();
	const {engine, provider, clock} = world;
	provider.releaseAll();
	await world.send({
		type: 'add',
		batch: 'Album',
		requests: [
			{source: 'scripted:one', priority: 7, output: '{batch}/{title}.{ext}', options: {quality: 'high', track}},
			{source: 'scripted:two', expectedSize: 1000},
		],
	});
	await engine.untilIdle();
	await clock.advance(seconds(1));
	return world;
};

const [one, two, three] = [1, 2, 3] as JobId[];

test('a completed job gets a second one in another quality, in its batch, beside it', async () => {
	const {send, job} = await done();
	const result = await send({type: 'upgrade', ids: [one as JobId, two as JobId], quality: 'lossless'});
	expect(result).toMatchObject({ok: true, changed: [3, 4], refused: [], duplicates: []});
	const first = await job(one as JobId);
	const second = await job(three as JobId);
	expect(second).toMatchObject({
		source: first.source,
		batch: first.batch,
		provider: first.provider,
		priority: 7,
		output: '{batch}/{title}.{ext}',
		options: {quality: 'lossless', track},
	});
	expect(second.identity).not.toBe(first.identity);
	expect(first).toMatchObject({status: 'completed', options: {quality: 'high'}});
	// The size that a person named is that of the other file.
	expect(await job(4 as JobId)).toMatchObject({expectedSize: undefined, options: {quality: 'lossless'}});
});

test('once only: the same quality is a duplicate, and so is the one that it has', async () => {
	const {send} = await done();
	await send({type: 'upgrade', ids: [one as JobId], quality: 'lossless'});
	for (const quality of ['lossless', 'high']) {
		expect(await send({type: 'upgrade', ids: [one as JobId], quality})).toMatchObject({
			changed: [],
			duplicates: [{id: quality === 'high' ? 1 : 3}],
		});
	}
});

test('both files are there in the end', async () => {
	const {send, engine, clock, job} = await done();
	await send({type: 'upgrade', ids: [one as JobId], quality: 'lossless'});
	await engine.untilIdle();
	await clock.advance(seconds(1));
	const [first, second] = [await job(one as JobId), await job(three as JobId)];
	expect(second.status).toBe('completed');
	expect(second.outputPath).not.toBe(first.outputPath);
});

test('what is not completed, or no job at all, is refused with the reason', async () => {
	const {send, add} = await createTestEngine();
	const [id] = await add('slow');
	expect(await send({type: 'upgrade', ids: [id as JobId, 99 as JobId], quality: 'lossless'})).toMatchObject({
		changed: [],
		refused: [
			{id, reason: 'it is downloading; only a completed job gets a second one'},
			{id: 99, reason: 'there is no such job'},
		],
	});
});

test('what a provider refuses is told of its job, and the others are added', async () => {
	const world = await done();
	Object.assign(world.provider, {
		problemWith: (source: string) => (source === 'scripted:two' ? 'knows no quality "lossless"' : undefined),
	});
	const result = await world.send({type: 'upgrade', ids: [one as JobId, two as JobId], quality: 'lossless'});
	expect(result).toMatchObject({changed: [3], refused: [{id: 2, reason: 'knows no quality "lossless"'}]});
});

test('what a search had found is searched for anew: what it found has the other quality', async () => {
	const {send, engine, clock, job} = await createTestEngine({
		providers: ({clock: time, finisher}) => {
			const seeker = createScriptedProvider({clock: time, tree: finisher.tree, id: 'seeker', needsSearch: true});
			seeker.script('seeker:Artist - Song', script({do: 'find', source: 'seeker:peer/file.mp3'}));
			seeker.script('seeker:peer/file.mp3', script(fetched()));
			return [seeker];
		},
	});
	await send({type: 'add', requests: [{source: 'seeker:Artist - Song', options: {track, quality: 'high'}}]});
	await engine.untilIdle();
	await clock.advance(seconds(1));
	expect(await job(one as JobId)).toMatchObject({status: 'completed', source: 'seeker:peer/file.mp3'});
	await send({type: 'upgrade', ids: [one as JobId], quality: 'lossless', isPaused: true});
	expect(await job(two as JobId)).toMatchObject({
		status: 'paused',
		source: 'seeker:Artist - Song',
		isSourced: false,
		options: {quality: 'lossless', track},
	});
});
