/*
 * Loaded before the built program (`node --import`), so that the program itself holds nothing of this: kills the process
 * at the n-th time that it has done something. `TIDEGATE_FAULT=POINT:N`; the points are below. With `TIDEGATE_FAULT_COUNT`,
 * a file, nothing is killed, and how often each point was reached is written there at the end.
 */
import {ChildProcess} from 'node:child_process';
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {isMainThread} from 'node:worker_threads';
import Database from 'better-sqlite3';
import type {FaultPoint} from './crash-run.ts';

type Anything = (this: unknown, ...args: unknown[]) => unknown;

const [wanted = '', number = '0'] = (process.env['TIDEGATE_FAULT'] ?? '').split(':');
const countFile = process.env['TIDEGATE_FAULT_COUNT'];
const reached = new Map<FaultPoint, number>();

const reach = (point: FaultPoint): void => {
	const count = (reached.get(point) ?? 0) + 1;
	reached.set(point, count);
	if (point === wanted && count === Number(number)) process.kill(process.pid, 'SIGKILL');
};

/** After the call has done its work and before anybody hears of it. */
const replace = <Key extends string>(owner: Record<Key, unknown>, key: Key, point: FaultPoint): void => {
	const original = owner[key] as Anything;
	owner[key] = function (...args) {
		const result = original.apply(this, args);
		if (!(result instanceof Promise)) {
			reach(point);
			return result;
		}

		return result.then(value => {
			reach(point);
			return value as unknown;
		});
	} satisfies Anything;
};

const watchCommits = (): void => {
	const prepare = Database.prototype.prepare as unknown as (this: Database.Database, sql: string) => Database.Statement;
	Database.prototype.prepare = function (this: Database.Database, sql: string) {
		const statement = prepare.call(this, sql);
		if (sql !== 'COMMIT' || this.readonly) return statement;
		const run = statement.run.bind(statement);
		statement.run = (...args: unknown[]) => {
			reach('before-commit');
			const result = run(...args);
			reach('commit');
			return result;
		};
		return statement;
	} as unknown as typeof Database.prototype.prepare;
};

const watchWrites = (): void => {
	const {writev} = fs;
	fs.writev = ((
		fd: number,
		buffers: readonly NodeJS.ArrayBufferView[],
		at: number,
		done: (...args: unknown[]) => void,
	) =>
		writev(fd, buffers, at, (...args) => {
			reach('write');
			done(...args);
		})) as typeof fs.writev;
};

if (isMainThread) {
	watchCommits();
	watchWrites();
	for (const point of ['rename', 'link', 'unlink', 'rm', 'mkdir', 'open'] as const) {
		replace(fs.promises as unknown as Record<string, unknown>, point, point);
	}

	replace(ChildProcess.prototype as unknown as Record<string, unknown>, 'spawn', 'spawn');
	syncBuiltinESMExports();
	if (countFile !== undefined) {
		process.on('exit', () => fs.writeFileSync(countFile, JSON.stringify(Object.fromEntries(reached))));
	}
}
