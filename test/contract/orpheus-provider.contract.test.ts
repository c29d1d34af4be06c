import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, type TestContext} from 'vitest';
import {createOrpheusProvider} from '../../source/providers/orpheus/index.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';
import {installOrpheus, makeMusic, startService, type Song} from '../support/orpheus.ts';

/*
 * What the engine may rely on, for a provider that goes on with nothing and takes no plain addresses of files: the same promises
 * as in provider.contract.ts, asked in its own terms. Whole files, stops and failures are in orpheus.integration.test.ts.
 */

let media = '';
const missing: string[] = [];

beforeAll(async () => {
	for (const [tool, flag] of [
		['python3', '--version'],
		['ffmpeg', '-version'],
	] as const) {
		if ((await probeTool(tool, [flag])).type !== 'answered') missing.push(tool);
	}

	media = await mkdtemp(join(tmpdir(), 'tidegate-music-'));
	if (missing.length === 0) await makeMusic(media);
}, 60_000);

afterAll(() => rm(media, {recursive: true, force: true}));

const world = async (context: TestContext, song: Song) => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const service = await startService(media, {t1: song});
	return {service, directory: await installOrpheus(service.url), attempt: await newAttempt()};
};

const track = jobFor('orpheus:loopback/track/t1');

describe('orpheus as a provider', () => {
	test('hostile names stay inside the directory', async context => {
		const {directory, attempt} = await world(context, {name: '../../../evil\u0000/\u202E.mp3'});
		const outcome = await attempt.run(createOrpheusProvider({directories: [directory]}), track);
		expect(['failed', 'fetched']).toContain(outcome.type);
		expect(await readdir(dirname(attempt.directory))).toEqual(['job']);
	});

	test('a directory that is gone is a failure, not a crash', async context => {
		const {directory, attempt} = await world(context, {name: 'Song'});
		await rm(dirname(attempt.directory), {recursive: true});
		const outcome = await attempt.run(createOrpheusProvider({directories: [directory]}), track);
		// The folder may be made again; that is the finisher's to judge.
		expect(['failed', 'fetched']).toContain(outcome.type);
	});

	test('what is no address is a failure, not a crash', async () => {
		const attempt = await newAttempt();
		const provider = createOrpheusProvider({directories: ['/nowhere']});
		for (const source of ['', '--help', 'http://', '\u0000', 'no address at all', 'orpheus:', 'orpheus:a/album/1']) {
			expect(await attempt.run(provider, jobFor(source))).toMatchObject({
				type: 'failed',
				failure: {code: 'unsupported'},
			});
		}
	});

	test('a missing tool, and a missing Python, are named with what to do', async context => {
		const attempt = await newAttempt();
		expect(await attempt.run(createOrpheusProvider({directories: ['/nowhere']}), track)).toMatchObject({
			type: 'failed',
			failure: {code: 'tool-missing', message: expect.stringMatching(/is not installed: .* in \/nowhere; git clone /)},
		});
		const here = await world(context, {name: 'Song'});
		const provider = createOrpheusProvider({directories: [here.directory], python: 'no-such-python'});
		expect(await attempt.run(provider, track)).toMatchObject({
			type: 'failed',
			failure: {code: 'tool-missing', message: expect.stringContaining('install python3')},
		});
	});

	test('silence is a stall, and leaves nobody behind', async context => {
		const {directory, attempt} = await world(context, {name: 'Song', slowness: 600_000});
		const provider = createOrpheusProvider({directories: [directory], stallTimeout: 1500});
		expect(await attempt.run(provider, track)).toMatchObject({type: 'failed', failure: {code: 'stalled'}});
		expect(findSurvivors(attempt.token)).toEqual([]);
		expect(await readdir(join(attempt.directory, 'music'))).toEqual([]);
	});

	test('it is asked for addresses of tracks and for what is written for it, and has its own lane', () => {
		const provider = createOrpheusProvider({directories: ['/opt/a', '/opt/b']});
		expect(provider.accepts('https://www.deezer.com/track/1')).toBe(true);
		expect(provider.accepts('orpheus:deezer/track/1')).toBe(true);
		expect(provider.accepts('not a url')).toBe(false);
		expect(provider.laneOf('orpheus:deezer/track/1')).toMatch(/^orpheus:[ab]$/);
		expect(provider.laneOf(' ORPHEUS:Deezer/track/1')).toBe(provider.laneOf('orpheus:deezer/track/1'));
		expect(provider.abilities).toEqual({resume: false, liveRateLimit: false, needsSearch: false});
	});
});
