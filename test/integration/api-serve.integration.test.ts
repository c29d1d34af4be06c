import {readdir, readFile, stat} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {startMediaServer, type MediaServer} from '../../source/demo/media-server.ts';
import {ask, type Asking} from '../support/api-world.ts';
import {createProgram, type Program, type Running} from '../support/program.ts';

const startServer = async (): Promise<MediaServer> => {
	const routes = Object.fromEntries([1, 2].map(seed => [`/${seed}.bin`, {content: {seed, size: 20_000}}]));
	const server = await startMediaServer({routes});
	onTestFinished(() => server.close());
	return server;
};

/** Starts the program as a server and waits until it says where it answers. */
const serve = async (program: Program): Promise<{readonly running: Running; readonly port: number}> => {
	const running = program.start(['serve', '--listen', '127.0.0.1:0']);
	await vi.waitFor(() => expect(running.stderr()).toContain('runs with'), {timeout: 10_000});
	return {running, port: Number(/on http:\/\/127\.0\.0\.1:(\d+);/.exec(running.stderr())?.[1])};
};

const tokenOf = async (program: Program): Promise<string> =>
	(await readFile(join(program.data, 'api-token'), 'utf8')).trim();

test('makes a token, keeps it for the next start, and completes what it is asked for below the storage', async () => {
	const [program, media] = [await createProgram(), await startServer()];
	const {running, port} = await serve(program);
	const token = await tokenOf(program);
	expect(token).toMatch(/^[\w-]{43}$/);
	expect((await stat(join(program.data, 'api-token'))).mode & 0o777).toBe(0o600);
	// What it writes goes to a journal that others may read.
	expect(running.stderr()).toContain(`its token is in ${join(program.data, 'api-token')}`);
	const call = (path: string, asking: Asking = {}) =>
		ask({host: '127.0.0.1', port}, path, {...asking, headers: {'x-api-key': token, ...asking.headers}});
	expect((await call('/api/downloads', {headers: {'x-api-key': 'wrong'}})).status).toBe(401);

	const hostile = {title: '../../../tmp/x', batch: '../..', output: '{batch}/{title}/{language}/{name}.{ext}'};
	const added = await call('/api/downloads', {
		method: 'POST',
		body: {source: `${media.url}/1.bin`, language: '..', ...hostile},
	});
	expect(added.status).toBe(201);
	await vi.waitFor(
		async () => expect((await call('/api/downloads/1')).body).toMatchObject({status: 'completed', size: 20_000}),
		{timeout: 10_000},
	);
	const {output_path: path} = (await call('/api/downloads/1')).body as {readonly output_path: string};
	expect(path.split('/')).not.toContain('..');
	expect((await stat(join(program.storage, path))).size).toBe(20_000);
	// Nothing has come to lie beside the two folders.
	expect((await readdir(program.directory)).filter(name => !name.startsWith('.')).toSorted()).toEqual([
		'data',
		'storage',
	]);
	expect((await call('/api/downloads')).text).not.toContain(program.directory);

	// Commands reach the same scheduler.
	expect(await program.json(['list'])).toMatchObject({jobs: [{id: 1, status: 'completed'}]});
	running.process.kill('SIGTERM');
	expect(await running.ended).toMatchObject({code: 0});
	expect(running.stderr()).not.toContain(token);
	const again = await serve(program);
	expect(await tokenOf(program)).toBe(token);
	expect(again.running.stderr()).not.toContain(token);
	again.running.process.kill('SIGTERM');
	expect(await again.running.ended).toMatchObject({code: 0});
});

test('says what is wrong with where to listen and with the token, and starts nothing', async () => {
	const program = await createProgram();
	const taken = createServer();
	await new Promise<void>(resolve => {
		taken.listen(0, '127.0.0.1', resolve);
	});
	onTestFinished(() => {
		taken.close();
	});
	const {port} = taken.address() as AddressInfo;
	expect(await program.run(['serve', '--listen', `127.0.0.1:${port}`])).toMatchObject({
		code: 2,
		stderr: `tidegate: nobody can listen on 127.0.0.1:${port}: another program does; name another port with --listen or [server] listen\n`,
	});
	expect(await program.run(['serve', '--listen', 'everywhere'])).toMatchObject({
		code: 2,
		stderr: 'tidegate: --listen must be ADDRESS:PORT such as 127.0.0.1:7300 or [::1]:7300, not `everywhere`\n',
	});
});
