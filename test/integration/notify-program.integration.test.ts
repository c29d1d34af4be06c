import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test, vi} from 'vitest';
import {closedPort, startMediaServer} from '../../source/demo/media-server.ts';
import {openHook, readTold} from '../support/notify-world.ts';
import {createProgram, type Program, type Running} from '../support/program.ts';

/*
 * The program itself: whole batches from the command line, limits on them, and who is told of their end.
 */

const tool = fileURLToPath(new URL('../fixtures/tools/notified.mjs', import.meta.url));

const slow = {type: 'file' as const, rate: 10_000};

const track = (seed: number, ...answers: ReadonlyArray<{readonly type: 'file'; readonly rate?: number}>) => ({
	content: {seed, size: 100_000},
	answers,
});

/** Tracks of 100 kB: 0 and 1 are slow the first time, 2 is always, and 3 never. */
const startServer = async () => {
	const quick = {type: 'file' as const};
	const server = await startMediaServer({
		routes: {
			'/0.bin': track(1, slow, quick),
			'/1.bin': track(2, slow, quick),
			'/2.bin': track(3, slow),
			'/3.bin': track(4, quick),
		},
	});
	onTestFinished(() => server.close());
	return server;
};

const startScheduler = async (program: Program): Promise<Running> => {
	const running = program.start(['run']);
	await vi.waitFor(() => expect(running.stderr()).toContain('runs with'), {timeout: 10_000});
	return running;
};

type Row = {readonly id: number; readonly status: string; readonly hold: {readonly reason: string} | null};
type Listed = {readonly jobs: readonly Row[]; readonly batch: Readonly<Record<string, unknown>>};

const listed = async (program: Program, batch: string): Promise<Listed> =>
	(await program.json(['list', '--batch', batch])) as Listed;

const statuses = async (program: Program, batch: string): Promise<readonly string[]> =>
	(await listed(program, batch)).jobs.map(({status}) => status);

const killed = async (scheduler: Running): Promise<void> => {
	scheduler.process.kill('SIGKILL');
	await scheduler.ended;
};

test('a whole batch is paused, resumed, retried and cancelled, outlives kill -9, and its end is told once', async () => {
	const [program, server, hook] = [await createProgram(), await startServer(), await openHook()];
	const config = `[queue]\nmax_active_batches = 1\nmax_active_per_batch = 2\n[notify.hook]\ntype = "webhook"\nurl = "${hook.url}/"\nevents = ["batch-done"]\n`;
	await writeFile(join(program.directory, 'config.toml'), config);
	await program.run(['add', ...[0, 1, 2].map(index => `${server.url}/${index}.bin`), '--batch', 'First']);
	await program.run(['add', `${server.url}/3.bin`, `${server.url}/none.bin`, '--batch', 'Second']);
	const first = await startScheduler(program);
	await vi.waitFor(async () =>
		expect(await statuses(program, 'First')).toEqual(['downloading', 'downloading', 'queued']),
	);
	expect((await listed(program, 'First')).jobs[2]?.hold?.reason).toBe('batch-busy');
	expect((await listed(program, 'Second')).jobs[0]?.hold?.reason).toBe('batches-busy');
	expect(await program.json(['pause', '--batch', 'First'])).toMatchObject({changed: {length: 3}});
	await vi.waitFor(async () => expect(await statuses(program, 'First')).toEqual(['paused', 'paused', 'paused']));
	await killed(first);
	const second = await startScheduler(program);
	// Another one has taken its place, whose own end is an end also with a job that failed.
	await vi.waitFor(async () => expect(await statuses(program, 'Second')).toEqual(['completed', 'failed']), 10_000);
	expect(await statuses(program, 'First')).toEqual(['paused', 'paused', 'paused']);
	await vi.waitFor(() => expect(hook.asked.map(({body}) => body['title'])).toEqual(['Second is done']));
	expect(hook.asked[0]?.body).toMatchObject({batch: {completed: 1, failed: 1, cancelled: 0, bytes: 100_000}});
	expect(await program.json(['resume', '--batch', 'First'])).toMatchObject({changed: {length: 3}});
	const twoDone = ['completed', 'completed', 'downloading'];
	await vi.waitFor(async () => expect(await statuses(program, 'First')).toEqual(twoDone), 10_000);
	await killed(second);
	const third = await startScheduler(program);
	await vi.waitFor(async () => expect(await statuses(program, 'First')).toEqual(twoDone), 10_000);
	expect((await listed(program, 'First')).batch).toMatchObject({jobs: 3, ended: 2, completed: 2, is_complete: false});
	expect((await program.run(['list', '--batch', 'First'])).stderr).toMatch(
		/First: 2 of 3 ended, 2\d\d kB of about 300 kB/,
	);
	expect(await program.json(['cancel', '--batch', 'First'])).toMatchObject({changed: [3]});
	await vi.waitFor(() => expect(hook.asked).toHaveLength(2), 10_000);
	expect(hook.asked[1]?.body).toMatchObject({title: 'First is done', message: '2 completed, 1 cancelled'});
	expect((await listed(program, 'First')).batch).toMatchObject({ended: 3, cancelled: 1, is_complete: true});
	// What was told stays told, also where it comes to the same end again.
	expect(await program.json(['retry', '--batch', 'First'])).toMatchObject({changed: [3]});
	await vi.waitFor(async () => expect(await statuses(program, 'First')).toEqual(twoDone), 10_000);
	await program.run(['cancel', '--batch', 'First']);
	await vi.waitFor(
		async () => expect((await listed(program, 'First')).batch).toMatchObject({is_complete: true}),
		10_000,
	);
	expect(await program.json(['remove', '--batch', 'First'])).toMatchObject({changed: {length: 3}});
	expect((await program.run(['list', '--batch', 'First'])).code).toBe(3);
	third.process.kill('SIGTERM');
	await third.ended;
	expect(hook.asked).toHaveLength(2);
}, 60_000);

test('what ends last is told before `run --until-idle` ends', async () => {
	const [program, server] = [await createProgram(), await startServer()];
	const log = join(program.directory, 'told.log');
	await writeFile(
		join(program.directory, 'config.toml'),
		`[notify.tool]\ntype = "command"\ncommand = "${tool}"\nargs = ["0", "${log}"]\nevents = ["batch-done", "queue-idle"]\n`,
	);
	await program.run(['add', `${server.url}/3.bin`, '--batch', 'Album']);
	expect((await program.run(['run', '--until-idle'])).code).toBe(0);
	const told = (await readTold(log)).map(({variables}) => variables);
	expect(told).toMatchObject([
		{TIDEGATE_EVENT: 'batch-done', TIDEGATE_BATCH: 'Album', TIDEGATE_COMPLETED: '1', TIDEGATE_BYTES: '100000'},
		{TIDEGATE_EVENT: 'queue-idle', TIDEGATE_TITLE: 'Nothing is left to download', TIDEGATE_COMPLETED: '1'},
	]);
});

test('`notify test` says what became of each target; doctor and health tell of those that are dead', async () => {
	const [program, hook, port] = [await createProgram(), await openHook(), await closedPort()];
	await writeFile(
		join(program.directory, 'config.toml'),
		[
			`[notify.hook]\ntype = "webhook"\nurl = "env:HOOK_URL"\n`,
			`[notify.dead]\ntype = "webhook"\nurl = "http://127.0.0.1:${port}/"\nevents = ["job-failed"]\n`,
			`[notify.tool]\ntype = "command"\ncommand = "tidegate-no-such-program"\n`,
			`[notify.lost]\ntype = "ntfy"\ntopic = "env:NOT_THERE"\n`,
		].join(''),
	);
	const env = {HOOK_URL: `${hook.url}/secret-place`};
	const all = await program.run(['notify', 'test'], {env});
	expect(all.code).toBe(1);
	expect(all.stdout).toMatch(/^ok {6}hook: 127\.0\.0\.1:\d+ answered HTTP 200/m);
	expect(all.stdout).toMatch(/^problem dead: .* cannot be reached/m);
	expect(all.stdout).toMatch(/^problem tool: tidegate-no-such-program was not found/m);
	expect(all.stdout).toMatch(/^problem lost: the environment has no NOT_THERE/m);
	expect(hook.asked[0]).toMatchObject({path: '/secret-place', body: {event: 'test'}});
	const unknown = await program.run(['notify', 'test', 'hok'], {env});
	expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean hook?')]);
	expect(hook.asked).toHaveLength(1);
	const sick = await program.run(['doctor'], {env});
	expect(sick.stdout).toMatch(/problem notify tool: tidegate-no-such-program was not found/);
	expect(sick.stdout).toMatch(/problem notify lost: the environment has no NOT_THERE/);
	const scheduler = program.start(['run'], {env});
	await vi.waitFor(() => expect(scheduler.stderr()).toContain('runs with'), {timeout: 10_000});
	expect(await program.json(['health'])).toMatchObject({notify: {hook: {ok: true}, lost: {ok: false, pending: 0}}});
	scheduler.process.kill('SIGTERM');
	await scheduler.ended;
	expect(scheduler.stderr()).toContain('notifications to lost do not get through');
});
