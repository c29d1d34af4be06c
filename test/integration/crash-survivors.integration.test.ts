import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test, vi} from 'vitest';
import {attemptVariable, endOrphans, endSurvivors, findSurvivors, ownerName} from '../../source/system/survivors.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * Mutations that kill these tests, each tried: asking only for the tokens of active attempts (the first), not looking
 * whether the owner lives (the second), comparing the pid of the owner without its start (the third), no look at
 * sessions (the fourth).
 */

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/tools/${name}.mjs`, import.meta.url));
const roles = ['parent', 'child', 'grandchild'];

const isAlive = (pid: number): boolean => {
	try {
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
};

/** A process with a scheduler's mark on it, which ends with the test. */
const startMarked = (token: string, script = 'setInterval(() => {}, 1000)'): ChildProcess & {readonly pid: number} => {
	const child = spawn(process.execPath, ['-e', script], {
		env: {PATH: process.env['PATH'], [attemptVariable]: token},
		stdio: ['ignore', 'pipe', 'inherit'],
		detached: true,
	});
	onTestFinished(() => {
		child.kill('SIGKILL');
	});
	if (child.pid === undefined) throw new Error('not started');
	return child as ChildProcess & {readonly pid: number};
};

/** A scheduler with a stubborn tool: its pid and those of the tool's tree. */
const startScheduler = async (queue: string) => {
	const marks = await mkdtemp(join(await temporaryDirectory(), 'm'));
	const scheduler = spawn(process.execPath, [fixture('dying-owner'), queue, marks], {
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	await vi.waitFor(() => expect(roles.every(role => existsSync(join(marks, `${role}.pid`)))).toBe(true), 15_000);
	const tree = roles.map(role => Number(readFileSync(join(marks, `${role}.pid`), 'utf8')));
	onTestFinished(async () => {
		scheduler.kill('SIGKILL');
		for (const pid of tree.filter(isAlive)) process.kill(pid, 'SIGKILL');
	});
	return {
		tree,
		async kill() {
			scheduler.kill('SIGKILL');
			await once(scheduler, 'exit');
		},
	};
};

/** What dead owners are called whose pid somebody else has now. */
const ownerWithOtherStart = (queue: string): string => {
	const [, pid, startedAt = '0', boot] = ownerName(queue).split(':');
	return [queue, pid, String(Number(startedAt) - 1), boot].join(':');
};

test('what a killed scheduler leaves is ended, also children that ignore SIGTERM or moved to a session of their own', async () => {
	const scheduler = await startScheduler('q1');
	await scheduler.kill();
	expect(scheduler.tree.filter(isAlive)).toEqual(scheduler.tree);
	// No attempt is named: it may have been concluded a moment before the end.
	expect(await endOrphans('q1', [])).toBe(0);
	expect(scheduler.tree.filter(isAlive)).toEqual([]);
});

test('the tools of a scheduler that lives, and those of other queues, are left alone', async () => {
	const [living, other] = await Promise.all([startScheduler('q2'), startScheduler('q3')]);
	await other.kill();
	expect(await endOrphans('q2', [])).toBe(0);
	expect([...living.tree, ...other.tree].filter(isAlive)).toEqual([...living.tree, ...other.tree]);
});

test('an owner whose pid belongs to a stranger now is dead, and the stranger is not touched', async () => {
	const orphan = startMarked(`${ownerWithOtherStart('q4')}:attempt`);
	const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'ignore'});
	onTestFinished(() => {
		stranger.kill('SIGKILL');
	});
	await vi.waitFor(() => expect(findSurvivors(`${ownerWithOtherStart('q4')}:attempt`)).toHaveLength(1));
	expect(await endOrphans('q4', [])).toBe(0);
	expect([isAlive(orphan.pid), isAlive(stranger.pid ?? 0)]).toEqual([false, true]);
});

test('a child that has emptied its environment is found by the session that its tool leads', async () => {
	const token = `${ownerWithOtherStart('q5')}:attempt`;
	const tool = startMarked(
		token,
		`const {spawn} = require('node:child_process');
		console.log(spawn('sleep', ['1000'], {env: {PATH: process.env.PATH}, stdio: 'ignore'}).pid);
		setInterval(() => {}, 1000)`,
	);
	const [line] = (await once(tool.stdout!, 'data')) as [Buffer];
	const child = Number(line.toString());
	expect(findSurvivors(token).map(({pid}) => pid)).toContain(child);
	expect(await endOrphans('q5', [])).toBe(0);
	expect([isAlive(tool.pid), isAlive(child)]).toEqual([false, false]);
});

test('an attempt that is named is ended whoever owns it', async () => {
	const orphan = startMarked(`${ownerName('q6')}:attempt`);
	await vi.waitFor(() => expect(findSurvivors(`${ownerName('q6')}:attempt`)).toHaveLength(1));
	expect(await endOrphans('q6', [])).toBe(0);
	expect(isAlive(orphan.pid)).toBe(true);
	expect(await endOrphans('q6', [`${ownerName('q6')}:attempt`])).toBe(0);
	expect(isAlive(orphan.pid)).toBe(false);
	expect(await endSurvivors('nobody')).toBe(0);
});
