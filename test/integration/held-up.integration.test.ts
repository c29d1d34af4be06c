import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test, vi} from 'vitest';
import {isLocked} from '../../source/system/lock.ts';
import {temporaryDirectory} from '../support/temp.ts';

const schedulerModule = fileURLToPath(new URL('../../source/commands/scheduler.ts', import.meta.url));

/** A scheduler whose engine has given something up that does not end: here a timer, as a tool that cannot be killed would. */
const script = (isHeldUp: boolean): string => `
	const {openScheduler} = await import(${JSON.stringify(schedulerModule)});
	const timer = setInterval(() => {}, 1000);
	const engine = {onEvent: () => {}, close: async () => {}, isHeldUp: () => ${isHeldUp}};
	const scheduler = await openScheduler(
		{paths: {root: process.argv[1]}},
		{io: {env: {}}, version: 'test', crash: {note() {}}},
		async () => engine,
	);
	await scheduler.close();
	console.log('closed');
	process.exitCode = 7;
	process.stdin.on('end', () => clearInterval(timer)).resume();
`;

const start = (directory: string, isHeldUp: boolean) => {
	const child = spawn(process.execPath, ['--input-type=module', '--eval', script(isHeldUp), directory], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	onTestFinished(() => {
		child.kill('SIGKILL');
	});
	const exited = once(child, 'exit');
	return {child, exited, closed: once(child.stdout, 'data')};
};

test('a process that something unending would keep ends by itself, and holds its queue until it is gone', async () => {
	const directory = await temporaryDirectory();
	const {closed, exited} = start(directory, true);
	await closed;
	expect(isLocked(directory)).toBe(true);
	expect(await exited).toEqual([7, null]);
	await vi.waitFor(() => expect(isLocked(directory)).toBe(false));
});

test('a process with nothing unending gives its queue back at once, and ends when all that it does is done', async () => {
	const directory = await temporaryDirectory();
	const {child, closed, exited} = start(directory, false);
	await closed;
	expect(isLocked(directory)).toBe(false);
	expect(child.exitCode).toBe(null);
	child.stdin.end();
	expect(await exited).toEqual([7, null]);
});
