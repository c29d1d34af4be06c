import {expect, test} from 'vitest';
import type {BatchId, JobView} from '../../source/domain/job.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedEngine, scriptedJob, type ScriptedEngine} from '../support/scripted-engine.ts';

const one = 1 as BatchId;
const two = 2 as BatchId;

/** Two batches of three jobs each, one of whose jobs is done, and two jobs without a batch. */
const batched = (): ScriptedEngine => {
	const engine = scriptedEngine({}, [
		scriptedJob(1, {title: 'one a', batch: one, status: 'completed', size: 700_000_000, endedAt: 5}),
		scriptedJob(2, {title: 'one b', batch: one}),
		scriptedJob(3, {title: 'one c', batch: one, hold: {reason: 'workers-busy', running: 3, workers: 3}}),
		scriptedJob(4, {title: 'two a', batch: two}),
		scriptedJob(5, {title: 'two b', batch: two}),
		scriptedJob(6, {title: 'two c', batch: two, status: 'failed', endedAt: 7}),
		scriptedJob(7, {title: 'alone'}),
		scriptedJob(8, {title: 'lonely'}),
	]);
	engine.setBatch(one, 'Season One');
	engine.setBatch(two, 'Season Two');
	return engine;
};

const many = (count: number): readonly JobView[] =>
	Array.from({length: count}, (_, index) => scriptedJob(index + 1, {title: `job number ${index + 1}`}));

const done = (count: number): readonly JobView[] =>
	Array.from({length: count}, (_, index) =>
		scriptedJob(index + 1, {status: 'completed', title: `done ${index + 1}`, size: 1, endedAt: index}),
	);

const linesOf = (frame: string): readonly string[] => frame.split('\n');
const cursorRow = (frame: string): string => linesOf(frame).find(line => line.startsWith('▌')) ?? '';
const lineOf = (frame: string, text: string): number => linesOf(frame).findIndex(line => line.includes(text));

test('b shows each batch as a row with its progress, and the jobs without a batch below', async () => {
	using mounted = await mountScreen(batched());
	await mounted.type('2b');
	await mounted.see('2 Queue 6 · by batch');
	await mounted.see(/▌▸ Season One +━+╸?─+ +1\/3 +700\.0 MB all 3 workers are busy/);
	await mounted.see(/▸ Season Two +─+ +0\/3 1 failed/);
	await mounted.see(/· alone[^]*· lonely/);
	expect(mounted.frame()).not.toContain('one b');
	await mounted.type('b');
	await mounted.see(/▌· one b[^]*· two a/);
});

test('l, Enter and the arrow unfold a batch and h folds it; the cursor goes back to the batch', async () => {
	using mounted = await mountScreen(batched());
	await mounted.type('2b');
	await mounted.type('l');
	await mounted.see(/▌▾ Season One[^]* {3}· one b[^]* {3}· one c[^]*▸ Season Two/);
	await mounted.type('jj');
	expect(cursorRow(mounted.frame())).toContain('one c');
	await mounted.type('h');
	await mounted.see(/▌▸ Season One[^]*▸ Season Two/);
	await mounted.type('j');
	await mounted.type('\r');
	await mounted.see(/▌▾ Season Two[^]* {3}· two a/);
	await mounted.type('\r');
	await mounted.see('▌▸ Season Two');
	await mounted.type('\u001B[C');
	await mounted.see('▌▾ Season Two');
});

test('an act on the row of a batch means its jobs of this pane, and asks once with their number', async () => {
	const engine = batched();
	using mounted = await mountScreen(engine);
	await mounted.type('2b');
	await mounted.type('jc');
	await mounted.see('Cancel 2 jobs of Season Two?');
	expect(engine.commands).toEqual([]);
	await mounted.type('y');
	expect(engine.commands).toEqual([
		{type: 'cancel', selection: {filter: {batch: two, statuses: ['queued', 'waiting', 'paused']}}},
	]);
});

test('a batch that leaves because of an act is no surprise; one that leaves by itself is', async () => {
	const engine = batched();
	engine.answer(() => ({ok: true, changed: [], refused: []}));
	using mounted = await mountScreen(engine);
	await mounted.type('2b');
	await mounted.type('cy');
	const rest = [scriptedJob(4, {title: 'two a', batch: two}), scriptedJob(7, {title: 'alone'})];
	engine.setJobs(rest);
	await mounted.see('▌▸ Season Two');
	await mounted.type('p');
	await mounted.see('paused');
	expect(engine.commands).toHaveLength(2);
	engine.setJobs(rest.slice(1));
	await mounted.see('▌· alone');
	await mounted.type('j');
	engine.setJobs(rest);
	await mounted.see(/▸ Season Two[^]*▌· alone/);
	engine.setJobs(rest.slice(0, 1));
	await mounted.see('▌▸ Season Two');
	await mounted.type('p');
	await mounted.see('the cursor has moved');
	expect(engine.commands).toHaveLength(2);
});

test('a job in an unfolded batch is acted on alone', async () => {
	const engine = batched();
	using mounted = await mountScreen(engine);
	await mounted.type('2b');
	await mounted.type('l');
	await mounted.type('j');
	await mounted.see(/▌ {2}· one b/);
	await mounted.type('c');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [2]}}]);
});

test('a filter looks through the jobs themselves; without it the batches are there again', async () => {
	using mounted = await mountScreen(batched());
	await mounted.type('2b/two\r');
	await mounted.see(/▌· two a[^]*· two b/);
	expect(mounted.frame()).not.toContain('by batch');
	await mounted.type('\u001B');
	await mounted.see(/▸ Season One[^]*▸ Season Two/);
});

test('each pane is grouped by itself', async () => {
	using mounted = await mountScreen(batched());
	await mounted.type('3b');
	await mounted.see(/3 Failed 1 · by batch[^]*▌▸ Season Two/);
	await mounted.see(/· one b/);
});

test('s sorts another way, then the other way round, and the title says how', async () => {
	const engine = scriptedEngine(
		{},
		[300, 100, 200].map((size, index) =>
			scriptedJob(index + 1, {status: 'completed', title: `size ${size}`, size: size * 1e6, endedAt: index}),
		),
	);
	using mounted = await mountScreen(engine);
	await mounted.type('4');
	await mounted.see(/▌✓ size 200[^]*size 100[^]*size 300/);
	await mounted.type('s');
	await mounted.see(/4 Done 3 · first ended first[^]*▌✓ size 300[^]*size 100[^]*size 200/);
	await mounted.type('s');
	await mounted.see(/4 Done 3 · largest first[^]*▌✓ size 300[^]*size 200[^]*size 100/);
	await mounted.type('s');
	await mounted.see(/4 Done 3 · smallest first[^]*▌✓ size 100[^]*size 200[^]*size 300/);
	await mounted.type('sss');
	await mounted.see(/▌✓ size 200[^]*size 100[^]*size 300/);
	expect(mounted.frame()).not.toContain('Done 3 ·');
});

test('jobs are not moved where above and below mean something else than before and after', async () => {
	const engine = scriptedEngine({}, many(3));
	using mounted = await mountScreen(engine);
	await mounted.type('2s');
	await mounted.type('J');
	await mounted.see('jobs are moved where they stand next first; s shows them so');
	await mounted.type('b');
	await mounted.see('▌· job number 1 ');
	await mounted.type('J');
	await mounted.see('jobs are moved where they stand next first; b shows them so');
	expect(engine.commands).toEqual([]);
	await mounted.type('bsss');
	await mounted.type('J');
	expect(engine.commands).toEqual([{type: 'reorder', ids: [1], place: {before: 3}}]);
});

test('+ gives the pane the window for itself, and back; the title says so', async () => {
	using mounted = await mountScreen(scriptedEngine({}, many(100)));
	await mounted.type('2');
	expect(mounted.frame()).toContain('3 Failed');
	await mounted.type('+');
	await mounted.see('2 Queue 100 · zoomed, + goes back');
	expect(mounted.frame()).not.toContain('3 Failed');
	expect(mounted.frame().match(/job number/g)?.length).toBeGreaterThan(20);
	await mounted.type('3');
	await mounted.see(/3 Failed 0 · zoomed/);
	await mounted.type('+');
	await mounted.see('2 Queue 100');
	expect(mounted.frame()).not.toContain('zoomed');
});

test('a row is gone to by its number, whether it was read before or not, and its number is told', async () => {
	const engine = scriptedEngine({}, many(5000));
	using mounted = await mountScreen(engine);
	await mounted.type('2:4321\r');
	await mounted.see(/row 4,321 ↑↓[^]*▌· job number 4321 /);
	await mounted.type('k');
	await mounted.see(/row 4,320 ↑↓[^]*▌· job number 4320 /);
	await mounted.type(':4325\r');
	await mounted.see(/row 4,325 ↑↓[^]*▌· job number 4325 /);
	await mounted.type(':999999\r');
	await mounted.see(/row 5,000 ↑ [^]*▌· job number 5000 /);
	await mounted.type(':1\r');
	await mounted.see(/row 1 ↓[^]*▌· job number 1 /);
	expect(engine.queries.every(query => (query.limit ?? 0) <= 100)).toBe(true);
});

test('from the middle of a long list it is read upwards as well as downwards', async () => {
	using mounted = await mountScreen(scriptedEngine({}, many(3000)));
	await mounted.type('2:1500\r');
	await mounted.see('▌· job number 1500 ');
	for (let presses = 0; presses < 30; presses++) await mounted.type('kkkkkkkkkk');
	await mounted.see(/row 1,200 ↑↓[^]*▌· job number 1200 /);
	for (let presses = 0; presses < 60; presses++) await mounted.type('jjjjjjjjjj');
	await mounted.see(/row 1,800 ↑↓[^]*▌· job number 1800 /);
});

test('rows that go or come above the cursor leave what is seen where it is', async () => {
	const engine = scriptedEngine({}, many(1000));
	using mounted = await mountScreen(engine);
	await mounted.type('2:500\r');
	await mounted.see('▌· job number 500 ');
	const before = ['496', '500', '503'].map(id => lineOf(mounted.frame(), `job number ${id} `));
	for (const gone of [400, 480, 0, 490]) {
		engine.setJobs(many(1000).filter(({id}) => id > gone));
		mounted.screen.live.flush();
		await mounted.settle();
		await mounted.see('▌· job number 500 ');
		expect(['496', '500', '503'].map(id => lineOf(mounted.frame(), `job number ${id} `))).toEqual(before);
	}
});

test('what was finished last is seen at the top of a pane that nobody has touched', async () => {
	const engine = scriptedEngine({}, done(10));
	using mounted = await mountScreen(engine, {rows: 40});
	await mounted.see('✓ done 10');
	engine.setJobs(done(60));
	mounted.screen.live.flush();
	await mounted.settle();
	await mounted.see(/4 Done 60[^\n]*\n ✓ done 60[^]*✓ done 59/);
	// Who is in the pane keeps the row that the cursor stands on, and still sees what comes.
	await mounted.type('4');
	await mounted.see('▌✓ done 60');
	engine.setJobs(done(62));
	mounted.screen.live.flush();
	await mounted.settle();
	await mounted.see(/ ✓ done 62[^]* ✓ done 61[^]*▌✓ done 60/);
});

test('in a small window a filter, marks and another order are still told', async () => {
	using mounted = await mountScreen(batched(), {rows: 12});
	await mounted.type('2');
	expect(mounted.frame()).not.toContain('2 Queue 6 ');
	await mounted.type('s');
	await mounted.see('2 Queue 6 · last first');
	await mounted.type('sssb');
	await mounted.see(/2 Queue 6 · by batch[^]*▌▸ Season One/);
	await mounted.type('b/tw');
	await mounted.see(/2 Queue 6 · filter: tw[^]*▌· two a/);
	await mounted.type('\r');
	await mounted.type('\u001B');
	expect(mounted.frame()).not.toContain('filter: ');
	await mounted.type(' ');
	await mounted.see('1 marked');
});
