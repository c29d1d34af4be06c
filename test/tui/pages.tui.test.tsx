import {expect, test} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {realisticEngine} from '../support/realistic-engine.ts';
import {scriptedActive, scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const id = 1 as JobId;

const engineWithLog = (count: number) => {
	const engine = scriptedEngine({active: [scriptedActive(1, 1, {title: 'running'})]});
	const lines = Array.from({length: count}, (_, index) => `2026-03-14T20:15:00.000Z line ${index}`);
	engine.setLog(id, lines);
	return {engine, lines};
};

test('u opens the page of the disk, r measures again, and u closes it', async () => {
	const engine = realisticEngine();
	using mounted = await mountScreen(engine);
	await mounted.type('u');
	await mounted.see('Disk usage');
	await mounted.see('needs 52.4 GB freed');
	await mounted.type('r');
	expect(engine.commands).toEqual([{type: 'measure-disk'}]);
	await mounted.type('u');
	await mounted.see('1 Active');
});

test('! opens the findings of the scheduler, r looks again, Esc goes back', async () => {
	const engine = scriptedEngine();
	engine.setFindings([{name: 'ghost', ok: false, detail: 'it is not installed', fix: 'apt install ghost', waiting: 2}]);
	using mounted = await mountScreen(engine);
	await mounted.type('!');
	await mounted.see('2 jobs wait for it');
	await mounted.see('apt install ghost');
	engine.setFindings([{name: 'ghost', ok: true, detail: 'ghost 1.0', fix: undefined}]);
	await mounted.type('r');
	await mounted.see('all is well');
	await mounted.type('\u001B');
	await mounted.see('1 Active');
});

test('a log is followed as it grows, stays while one reads further up, and is followed again with G', async () => {
	const {engine, lines} = engineWithLog(200);
	using mounted = await mountScreen(engine);
	await mounted.type('\r');
	await mounted.see('line 199');
	await mounted.type('k');
	await mounted.see('G to its end');
	engine.setLog(id, [...lines, '2026-03-14T20:15:01.000Z the newest']);
	engine.change({});
	await mounted.settle();
	await mounted.notSee('the newest');
	await mounted.type('G');
	await mounted.see('the newest');
	await mounted.see('Log at its end');
});

test('a log is scrolled to its very start, far beyond what was read at first', async () => {
	const {engine} = engineWithLog(20_000);
	using mounted = await mountScreen(engine);
	await mounted.type('\r');
	await mounted.see('line 19999');
	await mounted.type('g');
	await mounted.see(/line 0$/m);
	await mounted.type('10j');
	await mounted.see(/━\n \S+ line 10$/m);
});

test('/ finds a word upwards from the end, N goes further up, n back, and a word that is not there is told', async () => {
	const {engine, lines} = engineWithLog(20_000);
	engine.setLog(
		id,
		lines.map((line, index) => (index % 8000 === 7 ? `${line} Needle` : line)),
	);
	using mounted = await mountScreen(engine);
	await mounted.type('\r');
	await mounted.see('line 19999');
	await mounted.type('/');
	await mounted.see('Look in the log for:');
	await mounted.type('needle');
	await mounted.see('Look in the log for: needle');
	await mounted.type('\r');
	await mounted.see('▌20:15:00 line 16007 Needle'.replace('20:15:00', clock()));
	await mounted.type('N');
	await mounted.see('line 8007 Needle');
	await mounted.type('2N');
	await mounted.see('"needle" does not stand further up');
	await mounted.see('line 7 Needle');
	await mounted.type('n');
	await mounted.see('line 8007 Needle');
	await mounted.type('/nobody\r');
	await mounted.see('"nobody" does not stand further down; N looks further up');
});

const clock = (): string => new Date('2026-03-14T20:15:00.000Z').toTimeString().slice(0, 8);

test('letters that are keys elsewhere are letters while one searches, and Esc leaves the search as it was', async () => {
	const {engine} = engineWithLog(5);
	using mounted = await mountScreen(engine);
	await mounted.type('\r/qGn');
	await mounted.see('Look in the log for: qGn');
	await mounted.type('\u001B');
	await mounted.see('━ running');
	expect(mounted.ends).toEqual([]);
});

test('in a small window Tab goes from the facts to the log and back', async () => {
	const {engine} = engineWithLog(50);
	using mounted = await mountScreen(engine, {rows: 12});
	await mounted.type('\r');
	await mounted.see('[Facts]');
	await mounted.notSee('line 49');
	await mounted.type('\t');
	await mounted.see('[Log]');
	await mounted.see('line 49');
	await mounted.type('\t');
	await mounted.see('[Facts]');
});

test('the log of a removed job says so', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1, {title: 'short of life'})]);
	using mounted = await mountScreen(engine);
	await mounted.type('2\r');
	await mounted.see('the job has not been started');
	engine.setJobs([]);
	mounted.screen.live.flush();
	await mounted.see('This job was removed');
	await mounted.see('the job was removed, and its log with it');
});

test('the facts of a job that waits begin with why, and with what would change that', async () => {
	using mounted = await mountScreen(realisticEngine(), {rows: 40});
	await mounted.type('2\r');
	await mounted.see(/Waits +disk: above the pause mark/);
	await mounted.see(/Until +When 52\.4 GB are freed on \/srv\/media, the queue goes on by itself\./);
});

test('the table of lanes is whole, also where the page is longer than the window', async () => {
	using mounted = await mountScreen(realisticEngine(), {rows: 24});
	await mounted.type('i');
	await mounted.see(/│ lane +│ runs │ breaker +│ fails │ until +│ last success +│/);
	await mounted.see(/│ yt-dlp +│ 1\/2 {2}│ half-open │ 3 /);
});
