import {spawn} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {closedPort} from '../../source/demo/media-server.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {createCrashWorld, type CrashReport, type Death} from '../support/crash-run.ts';
import {noViolations} from '../support/invariants.ts';
import {temporaryDirectory} from '../support/temp.ts';
import {program} from '../support/tidegate.ts';

/*
 * The short form of `npm run lab -- crash`. Mutation tried: no look for survivors at the start; the first test failed.
 */

const violationsOf = (reports: readonly CrashReport[]) => reports.map(({violations}) => violations);

test('killed at whatever point, the queue goes on by itself: nothing is lost, doubled, stuck, left over or fetched anew', async context => {
	if ((await probeTool('aria2c', ['--version'])).type !== 'answered') context.skip('needs aria2c');
	const directory = await temporaryDirectory();
	const counts = {http: 2, aria2: 1, 'yt-dlp': 0, family: 2};
	const worlds = await Promise.all(
		[0, 1].map(async slot => createCrashWorld(join(directory, `slot-${slot}`), await closedPort(), counts, false)),
	);
	const points: readonly Death[] = [
		{how: {point: 'commit', number: 11}},
		{how: {point: 'link', number: 2}},
		{how: {point: 'spawn', number: 2}},
	];
	const plans = [...points.map(death => [death]), [{how: {after: 900}}, {how: {after: 600}, everything: true}]];
	const reports: CrashReport[] = [];
	await Promise.all(
		worlds.map(async world => {
			for (let plan = plans.shift(); plan !== undefined; plan = plans.shift()) reports.push(await world.run(plan));
		}),
	);
	expect(violationsOf(reports)).toEqual(reports.map(() => noViolations()));
	expect(reports.reduce((sum, {deaths}) => sum + deaths, 0)).toBeGreaterThanOrEqual(4);
});

test('of twenty schedulers that are started at once on one data folder, one runs and the others say who', async () => {
	const directory = await temporaryDirectory();
	await writeFile(join(directory, 'config.toml'), '[data]\nroot_dir = "data"\n');
	const env = {PATH: process.env['PATH'] ?? '', HOME: directory};
	const all = Array.from({length: 20}, () => {
		const child = spawn(process.execPath, [program, '--config', join(directory, 'config.toml'), 'run'], {
			cwd: directory,
			env,
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		onTestFinished(() => {
			child.kill('SIGKILL');
		});
		const seen = {child, stderr: ''};
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			seen.stderr += text;
		});
		return seen;
	});
	await vi.waitFor(() => expect(all.filter(({child}) => child.exitCode === null)).toHaveLength(1), {
		timeout: 60_000,
		interval: 50,
	});
	const runs = all.find(({child}) => child.exitCode === null);
	await vi.waitFor(() => expect(runs?.stderr).toContain('runs with'), 30_000);
	const others = all.filter(one => one !== runs);
	expect(others.map(({child}) => child.exitCode)).toEqual(others.map(() => 5));
	for (const {stderr} of others) expect(stderr).toMatch(/runs this queue already/);
});
