import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {startInTerminal, type TerminalSession} from '../support/terminal.ts';

const url = (name: string): string => `http://127.0.0.1:9/${name}`;

const writeList = async (program: Program, count: number): Promise<string> => {
	const file = join(program.directory, 'list.txt');
	await writeFile(file, Array.from({length: count}, (_, index) => url(`${index + 1}.mkv`)).join('\n'));
	return file;
};

const inTerminal = (program: Program, args: readonly string[]): TerminalSession =>
	startInTerminal(process.execPath, [programPath, '--data', program.data, '--storage', program.storage, ...args], {
		cwd: program.directory,
		env: {HOME: program.directory, XDG_CONFIG_HOME: undefined},
	});

test('a dry run of add sees the duplicates of the queue that is there, and those of the list', async () => {
	const program = await createProgram();
	await program.run(['add', url('known'), '--paused']);
	await program.run(['add', url('held'), '--output', 'film.mkv', '--paused']);
	const dry = await program.run(['--dry-run', 'add', url('new'), url('known'), url('new')]);
	expect(dry).toMatchObject({code: 0, stdout: ''});
	expect(dry.stderr).toBe(
		[
			`already in the queue as job 1 (paused): ${url('known')}`,
			`the same as source 1: ${url('new')}`,
			'would add 1 job; nothing was written, 1 already in the queue, 1 named twice\n',
		].join('\n'),
	);
	expect(await program.json(['--dry-run', 'add', url('known'), url('new')])).toMatchObject({
		success: true,
		episode_count: 1,
		queue_ids: [],
		provider: 'http',
		duplicates: [{source: url('known'), id: 1, status: 'paused'}],
	});
	// As the addition itself would end.
	const rival = ['add', url('rival'), '--output', 'film.mkv'];
	expect((await program.run(['--dry-run', ...rival])).code).toBe((await program.run(rival)).code);
	expect((await program.run(['--dry-run', 'add', url('known')])).code).toBe(0);
	expect(await program.json(['list'])).toMatchObject({jobs: [{id: 1}, {id: 2}]});
});

test('a dry run of import counts what is new, and names what is there already', async () => {
	const program = await createProgram();
	const file = await writeList(program, 3);
	await program.run(['add', url('2.mkv'), '--paused']);
	expect(await program.json(['--dry-run', 'import', 'urls', file])).toEqual({
		imported: 2,
		skipped: [{what: url('2.mkv'), why: 'already in the queue as job 1 (paused)'}],
	});
	expect(await program.json(['import', 'urls', file])).toMatchObject({imported: 2});
});

test('a bad line keeps the whole list out, before anything is taken over', async () => {
	const program = await createProgram();
	const file = await writeList(program, 4500);
	await writeFile(file, `${Array.from({length: 4500}, (_, index) => url(`${index}`)).join('\n')}\ngopher://x\n`);
	const ended = await program.run(['import', 'urls', file]);
	expect(ended.code).toBe(2);
	expect(ended.stderr).toContain('list.txt:4501');
	expect(await program.json(['list'])).toMatchObject({jobs: []});
});

test('Ctrl-C stops an import, what was taken over stays, and running it again takes the rest', async () => {
	const program = await createProgram();
	const file = await writeList(program, 120_000);
	await using terminal = inTerminal(program, ['import', 'urls', file]);
	await terminal.until(text => /taking over .*% \d+ of 120000, Ctrl-C stops/.test(text), 'the bar');
	terminal.type('\u0003');
	const {exitCode} = await terminal.ended();
	expect(exitCode).toBe(130);
	const [, taken = ''] = /(\d+) jobs taken over/.exec(terminal.text()) ?? [];
	const [, left = ''] = /stopped; (\d+) of the list were not looked at/.exec(terminal.text()) ?? [];
	expect(Number(taken) + Number(left)).toBe(120_000);
	expect(Number(taken)).toBeGreaterThan(0);
	// The bar is gone.
	expect(terminal.text()).not.toContain('%');
	expect(await program.json(['status'])).toMatchObject({counts: {queued: Number(taken)}});
	expect(await program.json(['import', 'urls', file])).toMatchObject({imported: Number(left)});
	expect(await program.json(['status'])).toMatchObject({counts: {queued: 120_000}});
}, 60_000);

test('an import goes through the scheduler that runs, which stays responsive', async () => {
	const program = await createProgram();
	const file = await writeList(program, 30_000);
	await program.run(['add', url('first'), '--paused']);
	const scheduler = program.start(['run']);
	await vi.waitFor(async () => expect(await program.json(['status'])).toMatchObject({is_scheduling: true}), {
		timeout: 10_000,
	});
	await program.run(['pause', '--queue']);
	expect(await program.json(['import', 'urls', file])).toMatchObject({imported: 30_000});
	expect(await program.json(['status'])).toMatchObject({is_scheduling: true, counts: {queued: 30_000}});
	scheduler.process.kill('SIGTERM');
	await scheduler.ended;
}, 60_000);
