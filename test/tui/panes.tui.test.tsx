import * as fc from 'fast-check';
import stringWidth from 'string-width';
import {expect, test} from 'vitest';
import {mountScreen} from '../support/mounted-screen.tsx';
import {realisticEngine} from '../support/realistic-engine.ts';
import {scriptedActive, scriptedEngine, scriptedJob, scriptedNow} from '../support/scripted-engine.ts';

test('panes show what runs, what waits and why, and what failed and how often', async () => {
	using mounted = await mountScreen(realisticEngine());
	await mounted.see(/Frieren.* 61% +5\.2 MB\/s +1m 44s +2\/5 http/);
	await mounted.see(/in queue 14/);
	await mounted.see(/‖ ubuntu-26\.04-desktop-amd64\.iso +paused by you/);
	await mounted.see(/Frieren.*disk: above the pause mark/);
	await mounted.see(/✗ Planet Earth III.*permanent +the server answered 404.*1\/5/);
	await mounted.see('2 Queue 64 · 1 paused');
	await mounted.see('4 Done 57');
});

test('the line above the keys says what would help a failed job', async () => {
	using mounted = await mountScreen(realisticEngine());
	await mounted.type('3');
	await mounted.see('Check the address; the server has nothing there. · not-found: the server answered 404');
});

test('the gauge tells its state in words, and when it goes on', async () => {
	using mounted = await mountScreen(realisticEngine());
	await mounted.see(/media ■+R■+P□?·+H 452\.4 GB of 500\.0 GB/);
	await mounted.see(/PAUSED since \d\d:\d\d:00: waits for 52\.4 GB to be freed · opens below 400\.0 GB used/);
});

test('an empty queue explains itself: how to add, where files go, which tools there are', async () => {
	const engine = scriptedEngine();
	engine.setFindings([
		{name: 'http', provider: 'http', ok: true, detail: 'built in', fix: undefined},
		{name: 'yt-dlp', provider: 'yt-dlp', ok: false, detail: 'yt-dlp is not installed', fix: 'pip install yt-dlp'},
	]);
	using mounted = await mountScreen(engine);
	await mounted.see('nothing to do; press a, or paste links');
	await mounted.see('The queue is empty. Three ways to add something');
	await mounted.see('Files go to');
	await mounted.see('Tools: ✓ http  ✗ yt-dlp    ! tells more');
});

test('a paused queue says so in the header and where the jobs are missing', async () => {
	using mounted = await mountScreen(scriptedEngine({isQueuePaused: true}, [scriptedJob(1)]));
	await mounted.see('QUEUE PAUSED');
	await mounted.see('the queue is paused; P lets it go on');
});

test('progress is drawn when it comes, and a change of state too', async () => {
	const engine = scriptedEngine({active: [scriptedActive(1, 1)]});
	using mounted = await mountScreen(engine);
	engine.setActive([scriptedActive(1, 1, {progress: {bytes: 50, total: 100, speed: 2_000_000, eta: 3000}})]);
	await mounted.see(/50% +2\.0 MB\/s +3s/);
	engine.setActive([scriptedActive(1, 1, {status: 'finishing', phase: 'verifying'})]);
	await mounted.see('verifying');
});

test('no title makes a frame wider or higher than the window', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine, {rows: 24});
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.oneof(fc.string({unit: 'binary', maxLength: 60}), fc.string({unit: 'grapheme', maxLength: 60})), {
				minLength: 1,
				maxLength: 8,
			}),
			async titles => {
				engine.setJobs(
					titles.map((title, index) =>
						scriptedJob(index + 1, {
							title,
							...(index % 2 === 0
								? {}
								: {status: 'failed', endedAt: index, error: {code: 'tool-failed', class: 'transient', message: title}}),
						}),
					),
				);
				mounted.screen.live.flush();
				await mounted.settle();
				const lines = mounted.frame().split('\n');
				expect(lines.length).toBeLessThanOrEqual(24);
				for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(100);
			},
		),
		{numRuns: 60},
	);
});

test('instants are shown and no countdowns, so that a waiting job costs nothing', async () => {
	const until = scriptedNow + 94_000;
	const engine = scriptedEngine({}, [scriptedJob(1, {hold: {reason: 'retry-later', until}})]);
	using mounted = await mountScreen(engine);
	const clock = new Date(until).toTimeString().slice(0, 8);
	await mounted.see(`${clock} waiting to retry`);
	const before = mounted.frame();
	engine.change({at: scriptedNow + 1000});
	mounted.screen.live.flush();
	await mounted.settle();
	expect(mounted.frame()).toBe(before);
});
