import {expect, test} from 'vitest';
import {exportJson} from '../../../source/commands/json.ts';
import {readExported} from '../../../source/commands/exported.ts';
import {cleanTrack, type Track} from '../../../source/domain/track.ts';
import type {Job} from '../../../source/domain/job.ts';

const track: Track = {
	title: 'A Song',
	artists: ['One', 'Another'],
	album: 'An Album',
	number: 3,
	numberOf: 12,
	duration: 61_500,
	isrc: 'XX0000000001',
	musicBrainz: {recording: '00000000-0000-0000-0000-000000000001'},
};

const job = {
	source: 'slskd:One - A Song',
	provider: 'slskd',
	title: 'One - A Song',
	status: 'queued',
	priority: 5,
	options: {quality: 'lossless', track},
	createdAt: 0,
} as unknown as Job;

const read = (line: string) => readExported(line, 'queue.jsonl').rows[0]?.request;

test('the piece of music that a job wants is taken over with it', () => {
	const request = read(JSON.stringify(exportJson(job, 'An Album')));
	expect(request?.options).toEqual({quality: 'lossless', track});
	expect(cleanTrack(request?.options?.track ?? {title: '', artists: []})).toEqual(track);
});

test.each([
	[{title: 'A Song'}, 'options.track.artists'],
	[{title: 'A Song', artists: ['One'], number: 'three'}, 'options.track.number'],
	['A Song', 'options.track'],
])('a track like %j is refused with its place', (bad, place) => {
	const line = JSON.stringify({source: 'slskd:A Song', options: {track: bad}});
	expect(() => read(line)).toThrow(`queue.jsonl:1: \`${place}\``);
});
