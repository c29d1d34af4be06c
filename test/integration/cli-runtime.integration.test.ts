import {execFileSync} from 'node:child_process';
import {cp, mkdir, symlink, writeFile} from 'node:fs/promises';
import {existsSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, test, vi} from 'vitest';
import {isAtLeast, oldestNode} from '../../source/system/runtime.ts';
import {createProgram, programPath} from '../support/program.ts';
import {temporaryDirectory} from '../support/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A Node on this machine that is too old for the program but can read its entry, where there is one. */
const oldNode = (): string | undefined => {
	const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/local/bin'].map(place =>
		join(place, 'node'),
	);
	return places.find(path => {
		if (!existsSync(path)) return false;
		const version = execFileSync(path, ['--version'], {encoding: 'utf8'}).trim();
		return isAtLeast(version, '20.0.0') && !isAtLeast(version, oldestNode);
	});
};

test.each([
	['v22.19.0', true],
	['v22.18.9', false],
	['v20.20.2', false],
	['v24.0.0', true],
	['v23.0.0-nightly', true],
	['v9.99.99', false],
])('%s is new enough: %s', (version, isEnough) => {
	expect(isAtLeast(version, oldestNode)).toBe(isEnough);
});

describe('on a Node that is too old', () => {
	test('it runs on the one that the clone brings, with the same arguments and exit code', async context => {
		const node = oldNode();
		if (node === undefined) return context.skip('needs an older Node');
		const program = await createProgram();
		expect(await program.run(['--json', 'list'], {node})).toMatchObject({code: 0, stdout: '{"jobs":[],"next":null}\n'});
		expect((await program.run(['show', '99'], {node})).code).toBe(3);
	});

	test('signals reach the one that does the work', async context => {
		const node = oldNode();
		if (node === undefined) return context.skip('needs an older Node');
		const program = await createProgram();
		const running = program.start(['run'], {node});
		await vi.waitFor(() => expect(running.stderr()).toContain('runs with'), {timeout: 10_000});
		running.process.kill('SIGTERM');
		expect((await running.ended).code).toBe(0);
		expect(running.stderr()).toContain('SIGTERM: stopping');
	});

	test('without one it says in one line what to install', async context => {
		const node = oldNode();
		if (node === undefined) return context.skip('needs an older Node');
		const directory = await temporaryDirectory();
		await cp(dirname(programPath), join(directory, 'dist'), {recursive: true});
		await writeFile(join(directory, 'package.json'), '{"type": "module"}');
		const ended = await runIn(directory, node);
		expect(ended.code).toBe(2);
		expect(ended.stderr.trim().split('\n')).toHaveLength(1);
		expect(ended.stderr).toContain(`needs Node.js ${oldestNode} or newer`);
		expect(ended.stderr).toContain('Install Node.js 24');
	});
});

const runIn = async (directory: string, node: string): Promise<{readonly code: number; readonly stderr: string}> => {
	try {
		execFileSync(node, [join(directory, 'dist', 'cli.js'), '--version'], {encoding: 'utf8', stdio: 'pipe'});
		return {code: 0, stderr: ''};
	} catch (error) {
		const {status, stderr} = error as {readonly status: number; readonly stderr: string};
		return {code: status, stderr};
	}
};

describe('the start', () => {
	test('--version and --help answer without a home that can be written', async () => {
		const program = await createProgram();
		const env = {HOME: '/proc/nowhere', XDG_CACHE_HOME: '/proc/nowhere'};
		expect(await program.run(['--help'], {env})).toMatchObject({code: 0, stderr: ''});
		const {stdout} = await program.run(['list', '--json'], {env});
		expect(stdout).toBe('{"jobs":[],"next":null}\n');
	});

	test('compiled code is kept in the cache folder of this person, for nobody else to see', async () => {
		const program = await createProgram();
		const cache = join(program.directory, 'cache');
		await program.run(['list'], {env: {XDG_CACHE_HOME: cache}, compiles: true});
		expect(statSync(join(cache, 'tidegate', 'compiled')).mode & 0o777).toBe(0o700);
	});

	test('a link to the program is the program', async () => {
		const program = await createProgram();
		await mkdir(join(program.directory, 'bin'));
		const link = join(program.directory, 'bin', 'tidegate');
		await symlink(programPath, link);
		const {version} = (await import(join(root, 'package.json'), {with: {type: 'json'}})) as {
			readonly default: {readonly version: string};
			readonly version: string;
		};
		expect(execFileSync(process.execPath, [link, '--version'], {encoding: 'utf8'})).toBe(`${version}\n`);
	});
});
