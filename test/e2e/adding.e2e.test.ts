import {setTimeout as wait} from 'node:timers/promises';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {startInTerminal, type TerminalSession} from '../support/terminal.ts';

const links = (count: number): readonly string[] =>
	Array.from({length: count}, (_, index) => `http://127.0.0.1:9/pasted/${index + 1}.mkv`);

/** The real program over a queue of its own, which is paused, so that nothing is fetched. */
const openScreen = async (
	program: Program,
	options: {readonly columns?: number; readonly rows?: number} = {},
): Promise<TerminalSession> => {
	await program.run(['pause', '--queue']);
	const terminal = startInTerminal(
		process.execPath,
		[programPath, '--data', program.data, '--storage', program.storage],
		{cwd: program.directory, env: {HOME: program.directory, XDG_CONFIG_HOME: undefined}, ...options},
	);
	// Bracketed paste is switched on when keys are heard.
	await terminal.until(text => text.includes('tidegate') && terminal.raw().includes('\u001B[?2004h'), 'the screen');
	return terminal;
};

const queued = async (program: Program): Promise<number> => {
	const status = (await program.json(['status'])) as {readonly counts: {readonly queued: number}};
	return status.counts.queued;
};

test('a thousand pasted lines: looked at, two of them named, added, and the bad one corrected', async () => {
	const program = await createProgram();
	await program.run(['add', 'http://127.0.0.1:9/pasted/17.mkv']);
	await using terminal = await openScreen(program);
	terminal.paste([...links(999), 'gopher://x'].join('\r\n'));
	await terminal.until(
		text => text.includes('Add 1,000 lines: 998 new, 1 already queued as job 1, 1 cannot be added'),
		'the preview',
	);
	// What needs a look stands first.
	expect(terminal.text()).toMatch(/1000 . cannot be added: no provider takes gopher/);
	expect(await queued(program)).toBe(1);
	terminal.type('\r');
	await terminal.until(text => text.includes('added 998 jobs, 1 known already; 1 line that cannot be'), 'the answer');
	expect(await queued(program)).toBe(999);
	terminal.type('\u001B[B');
	terminal.type('\u000F');
	await terminal.until(text => text.includes('source: gopher://x'), 'the line in its field');
	terminal.type('\u0015');
	terminal.type('http://127.0.0.1:9/corrected.mkv');
	await terminal.until(text => text.includes('Add 1 line: 1 new'), 'the corrected line');
	terminal.type('\r');
	await terminal.until(text => text.includes('added 1 job'), 'the second answer');
	expect(await queued(program)).toBe(1000);
}, 60_000);

const oddPlaces = [
	['bracketed, cut in the marks', true, 2],
	['bracketed, cut everywhere', true, 61],
	['bare, cut everywhere', false, 61],
	['bare, in larger pieces', false, 1021],
	['bare, at once', false, 1_000_000],
] as const;

test.each(oddPlaces)(
	'a thousand lines %s arrive as they were, and none of them is a key',
	async (_, isMarked, size) => {
		const program = await createProgram();
		await using terminal = await openScreen(program, {columns: 100, rows: 30});
		const count = size === 2 ? 100 : 1000;
		// Without marks a terminal sends Enter between the lines, and here also behind the last one.
		const text = isMarked ? `\u001B[200~${links(count).join('\n')}\u001B[201~` : `${links(count).join('\r')}\r`;
		for (let from = 0; from < text.length; from += size) {
			terminal.type(text.slice(from, from + size));
			await wait(size < 100 && from % 10 === 0 ? 1 : 0);
		}

		await terminal.until(
			shown => shown.includes(`Add ${count.toLocaleString('en-US')} lines: ${count.toLocaleString('en-US')} new`),
			'the preview',
		);
		expect(await queued(program)).toBe(0);
		terminal.type('\r');
		await terminal.until(shown => shown.includes('added'), 'the answer');
		const {jobs} = (await program.json(['list', '--limit', '1000', '--sort', 'added'])) as {
			readonly jobs: ReadonlyArray<{readonly source: string}>;
		};
		expect(jobs.map(({source}) => source)).toEqual(links(count));
	},
	60_000,
);

test('in the smallest windows a list by its path is previewed, added, and what was typed outlives Esc', async () => {
	const program = await createProgram();
	await writeFile(join(program.directory, 'list.txt'), links(132).join('\n'));
	await using terminal = await openScreen(program, {columns: 40, rows: 12});
	terminal.type('a');
	terminal.type('./list.txt');
	await terminal.until(text => text.includes('132 new'), 'the list');
	terminal.type('\u001B');
	await terminal.until(text => !text.includes('source:'), 'the panes');
	terminal.type('a');
	await terminal.until(text => text.includes('source: ./list.txt'), 'the draft');
	terminal.type('\r');
	await terminal.until(text => text.includes('added 132 jobs'), 'the answer');
	expect(await queued(program)).toBe(132);
}, 60_000);
