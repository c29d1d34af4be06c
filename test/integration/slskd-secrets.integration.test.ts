import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, beforeEach, expect, test} from 'vitest';
import {startSlskdEngine} from '../support/slskd-engine.ts';
import {apiKey, file, makeSong, missing, peer, startDouble, startWorld} from '../support/slskd-world.ts';
import {temporaryDirectory} from '../support/temp.ts';

beforeAll(async () => {
	await makeSong();
});

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

const filesBelow = (directory: string): readonly string[] =>
	readdirSync(directory, {recursive: true, withFileTypes: true})
		.filter(entry => entry.isFile())
		.map(entry => join(entry.parentPath, entry.name));

// Mutation seen to fail: the key added to the words of a failure.
test('the key stands in no file, no log, no answer and on no screen, whatever slskd says', async () => {
	const peers = [peer('gone', 'offline', {files: [file({bitDepth: 24})]}), peer('good')];
	const {slskd, directory, tidegate} = await startWorld({peers});
	const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
	await tidegate.until(id!, 'completed');
	const wrong = await startSlskdEngine({slskd, apiKey: `${apiKey}-wrong`, directory: await temporaryDirectory()});
	const [other] = await wrong.add({source: 'slskd:An Artist - A Song'});
	await wrong.until(other!, 'waiting');
	for (const {engine} of [tidegate, wrong]) {
		const told = [engine.getSnapshot(), await engine.show(id!), await engine.health(), await engine.list({})];
		expect(JSON.stringify(told)).not.toContain(apiKey);
	}

	await tidegate.stop();
	const kept = filesBelow(directory);
	expect(kept.length).toBeGreaterThan(3);
	for (const path of kept) expect(readFileSync(path, 'latin1').includes(apiKey), path).toBe(false);
	expect(statSync(join(directory, 'slskd-peers.json')).mode & 0o777).toBe(0o600);
});

test('a damaged memory of peers begins anew, with a notice and the old file beside it', async () => {
	const slskd = await startDouble();
	const directory = await temporaryDirectory();
	const memory = join(directory, 'slskd-peers.json');
	writeFileSync(memory, '{"version":1,"peers":[[');
	const tidegate = await startSlskdEngine({slskd, apiKey, directory});
	const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
	await tidegate.until(id!, 'completed');
	expect(tidegate.engine.getSnapshot().notices.join(' ')).toContain(`${memory} was damaged`);
	await tidegate.stop();
	expect(readFileSync(`${memory}.damaged`, 'utf8')).toBe('{"version":1,"peers":[[');
	expect(JSON.parse(readFileSync(memory, 'utf8'))).toMatchObject({
		version: 1,
		peers: [['good', 1, 0, expect.anything()]],
	});
});

test('health tells version and state, and what to do where something is wrong', async () => {
	const {slskd, tidegate} = await startWorld({version: '0.25.1'});
	const report = async () => (await tidegate.engine.health())[0]?.report;
	expect(await report()).toMatchObject({ok: true, version: '0.25.1'});
	slskd.setConnected(false);
	expect(await report()).toMatchObject({
		ok: false,
		version: '0.25.1',
		problem: expect.stringContaining('not logged in') as string,
	});
	await slskd.stop();
	expect(await report()).toMatchObject({
		ok: false,
		problem: expect.stringMatching(/does not answer at http.*ECONNREFUSED/) as string,
		fix: expect.stringContaining('start slskd') as string,
	});
});
