import {existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {probeTool, runTool, type ToolRun} from '../../source/system/run-tool.ts';
import {endSurvivors, findSurvivors} from '../../source/system/survivors.ts';

const tool = (name: string): string => fileURLToPath(new URL(`../fixtures/tools/${name}.mjs`, import.meta.url));

let directory = '';
let token = '';
const never = new AbortController().signal;

beforeEach(() => {
	directory = realpathSync(mkdtempSync(join(tmpdir(), 'tidegate-run-tool-')));
	token = `test-${directory}`;
});

afterEach(async () => {
	const left = findSurvivors(token).length;
	await endSurvivors(token, {killAfter: 0});
	rmSync(directory, {recursive: true, force: true});
	expect(left).toBe(0);
});

const run = (args: readonly string[], more: Partial<ToolRun> = {}) =>
	runTool({command: process.execPath, args, cwd: directory, token, signal: never, ...more});

const isAlive = (pid: number): boolean => {
	try {
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
};

const pidOf = (role: string): number => Number(readFileSync(join(directory, `${role}.pid`), 'utf8'));
const roles = ['parent', 'child', 'grandchild'];
const allUp = () =>
	vi.waitFor(() => expect(roles.every(role => existsSync(join(directory, `${role}.pid`)))).toBe(true), 8000);

describe('a tool is run to its end', () => {
	test('its lines arrive from both streams, with its exit code', async () => {
		const seen: string[] = [];
		const exit = await run(['-e', 'console.log("out"); console.error("err"); process.exitCode = 7'], {
			onStdoutLine: line => seen.push(`out:${line}`),
			onStderrLine: line => seen.push(`err:${line}`),
		});
		expect(seen.toSorted()).toEqual(['err:err', 'out:out']);
		expect(exit).toMatchObject({type: 'ended', exitCode: 7, isStopped: false, lastStderrLines: ['err']});
	});

	test('a progress display that repaints itself gives a line per repaint', async () => {
		const lines: string[] = [];
		await run([tool('repainting'), directory], {onStdoutLine: line => lines.push(line)});
		expect(lines.filter(line => line.includes('[download]'))).toHaveLength(6);
		expect(lines.at(-1)).toContain('done');
	});

	test('a flood without line ends is cut, and what comes after it is read', async () => {
		const exit = await run([tool('floods')]);
		expect(exit).toMatchObject({type: 'ended', exitCode: 3});
		const lines = exit.type === 'ended' ? exit.lastStdoutLines : [];
		expect(lines.map(line => line.length)).toEqual([65_536, 'after the flood'.length]);
	});

	test('an argument is never read by a shell', async () => {
		const nasty = `$(touch ${directory}/owned); "'\`id\``;
		const lines: string[] = [];
		await run(['-e', 'console.log(process.argv[1])', '--', nasty], {onStdoutLine: line => lines.push(line)});
		expect(lines).toEqual([nasty]);
		expect(existsSync(join(directory, 'owned'))).toBe(false);
	});

	test('keys of other programs in our environment stay here', async () => {
		process.env['TIDEGATE_TEST_API_KEY'] = 'hush';
		const lines: string[] = [];
		await run(['-e', 'console.log(JSON.stringify(process.env))'], {
			env: {GIVEN: 'yes'},
			onStdoutLine: line => lines.push(line),
		});
		delete process.env['TIDEGATE_TEST_API_KEY'];
		const seen = JSON.parse(lines[0] ?? '{}') as Record<string, string>;
		expect(seen).toMatchObject({GIVEN: 'yes', PYTHONUNBUFFERED: '1', TIDEGATE_ATTEMPT: token});
		expect(seen).not.toHaveProperty('TIDEGATE_TEST_API_KEY');
	});
});

describe('a tool that cannot be started is an answer', () => {
	test('a file that is no program', async () => {
		const command = join(directory, 'notes.txt');
		writeFileSync(command, 'not a program', {mode: 0o600});
		expect(await run([], {command})).toMatchObject({type: 'not-started', problem: 'not-executable'});
	});

	test.each([
		['a tool that is not installed', 'no-such-tool-anywhere', 'missing'],
		['a name with a NUL in it', 'no\0such', 'other'],
	])('%s', async (_, command, problem) => {
		expect(await run([], {command})).toMatchObject({type: 'not-started', problem});
	});

	test('a working directory that is gone is not taken for a missing tool', async () => {
		expect(await run(['-v'], {cwd: join(directory, 'gone')})).toMatchObject({problem: 'no-directory'});
	});

	test('a probe tells a version, a missing tool and one that does not answer apart', async () => {
		expect(await probeTool(process.execPath, ['--version'])).toMatchObject({exitCode: 0, lines: [process.version]});
		expect(await probeTool('no-such-tool-anywhere', [])).toMatchObject({type: 'missing'});
		expect(await probeTool('sleep', ['60'], 200)).toEqual({type: 'timed-out'});
	});
});

describe('stopping leaves nothing behind', () => {
	test('a tree that ignores SIGTERM, with a grandchild in its own session that holds the pipes, is gone', async () => {
		const stop = new AbortController();
		const running = run([tool('stubborn-parent'), 'parent', directory], {signal: stop.signal, killAfter: 300});
		await allUp();
		const pids = roles.map(pidOf);
		expect(pids.every(isAlive)).toBe(true);
		stop.abort();
		expect(await running).toMatchObject({type: 'ended', isStopped: true, signal: 'SIGKILL'});
		expect(pids.filter(isAlive)).toEqual([]);
	});

	test('a tool that ends well and leaves children that hold its pipes does not keep the job waiting', async () => {
		const running = run([tool('stubborn-parent'), 'parent', directory, '--leave'], {killAfter: 300});
		await allUp();
		const pids = roles.map(pidOf);
		expect(await running).toMatchObject({type: 'ended', exitCode: 0, isStopped: false});
		expect(pids.filter(isAlive)).toEqual([]);
	});

	test('nothing is started when it was stopped before', async () => {
		const lines: string[] = [];
		const exit = await run(['-e', 'console.log(1)'], {
			signal: AbortSignal.abort(),
			onStdoutLine: line => lines.push(line),
		});
		expect(exit).toMatchObject({type: 'ended', isStopped: true, exitCode: undefined});
		expect(lines).toEqual([]);
	});

	test('a tool that wants SIGINT gets SIGINT', async () => {
		const stop = new AbortController();
		const script =
			'process.on("SIGINT", () => {console.log("tidied up"); process.exit(130)}); console.log("up"); setInterval(() => {}, 1000)';
		const lines: string[] = [];
		const running = run(['-e', script], {
			signal: stop.signal,
			stopSignal: 'SIGINT',
			onStdoutLine: line => {
				lines.push(line);
				stop.abort();
			},
		});
		expect(await running).toMatchObject({exitCode: 130, isStopped: true});
		expect(lines).toEqual(['up', 'tidied up']);
	});

	test('a tool gets the time to tidy up', async () => {
		const stop = new AbortController();
		const tidy = 'setTimeout(() => {console.log("tidied up"); process.exit(0)}, 400)';
		const script = `process.on("SIGTERM", () => {${tidy}}); console.log("up"); setInterval(() => {}, 1000)`;
		const lines: string[] = [];
		const exit = await run(['-e', script], {
			signal: stop.signal,
			onStdoutLine: line => {
				lines.push(line);
				stop.abort();
			},
		});
		expect(exit).toMatchObject({exitCode: 0, signal: undefined, isStopped: true});
		expect(lines).toEqual(['up', 'tidied up']);
	});

	test('what a crashed scheduler left behind is found by its token and ended', async () => {
		const stop = new AbortController();
		const running = run(['-e', 'setInterval(() => {}, 1000)'], {signal: stop.signal});
		await vi.waitFor(() => expect(findSurvivors(token)).toHaveLength(1));
		expect(findSurvivors(`${token}-other`)).toEqual([]);
		expect(await endSurvivors(token)).toBe(0);
		expect(await running).toMatchObject({signal: 'SIGTERM', isStopped: false});
	});
});
