import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';
import {serveEngine} from '../../source/remote/server.ts';
import type {AddAnswer} from './adding-process.ts';
import {auditDatabase} from './queue-audit.ts';
import {makeEnginePlace} from './temp-engine.ts';

export type AddsFindings = {
	readonly adds: number;
	readonly rows: number;
	readonly expectedRows: number;
	readonly batches: number;
	readonly expectedBatches: number;
	/** How many were refused because the thing was there, and because another one writes the same file. */
	readonly held: {readonly same: number; readonly sameFile: number};
	readonly seconds: number;
	/** Each of these has to be empty. */
	readonly wrong: {
		readonly problems: readonly string[];
		readonly addedTwice: readonly string[];
		readonly lost: readonly string[];
		readonly namedWrongly: readonly string[];
		readonly inTheWrongBatch: readonly string[];
		readonly contradictions: readonly string[];
	};
};

const script = fileURLToPath(new URL('adding-process.ts', import.meta.url));

/** Processes that add at once, every second through the socket of a scheduler and the others straight on the database. */
export const runAdds = async (count: number, seed: number, processes = 8): Promise<AddsFindings> => {
	const place = await makeEnginePlace('');
	const engine = await place.open();
	const socketPath = join(place.directory, 'lab.sock');
	const server = await serveEngine(engine, {socketPath, version: 'lab'});
	const children: ChildProcess[] = [];
	try {
		await engine.send({type: 'pause-queue'});
		await engine.start();
		const share = Math.ceil(count / processes);
		for (let number = 0; number < processes; number++) {
			const mode = number % 2 === 0 ? 'socket' : 'database';
			const args = [mode, place.directory, socketPath, String(seed * 1000 + number), String(share)];
			children.push(fork(script, args, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']}));
		}

		await Promise.all(children.map(child => said(child)));
		const started = performance.now();
		const answers = (
			await Promise.all(
				children.map(async child => {
					child.send('go');
					return (await said(child)) as readonly AddAnswer[];
				}),
			)
		).flat();
		const seconds = (performance.now() - started) / 1000;
		await server.close();
		await engine.close();
		return {...judge(place.paths.database, answers), seconds};
	} finally {
		for (const child of children) child.kill('SIGKILL');
		await server.close();
		await engine.close();
		await place.remove();
	}
};

/** The next message of a process; rejects when it ends without one. */
const said = async (child: ChildProcess): Promise<unknown> => {
	const ended = once(child, 'exit').then(([code]) => {
		throw new Error(`an adding process ended with ${String(code)} before it had answered`);
	});
	const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
	ended.catch(() => undefined);
	return message;
};

type Row = {
	readonly id: number;
	readonly key: string;
	readonly destination: string | null;
	readonly batch: string | null;
};

/** Compares what the processes were told with what is in the database, by the keys that travel in the options. */
const judge = (path: string, answers: readonly AddAnswer[]): Omit<AddsFindings, 'seconds'> => {
	const database = new Database(path, {readonly: true});
	const rows = database
		.prepare(
			`SELECT jobs.id, json_extract(options, '$.fields.key') AS key, destination, batches.title AS batch
			FROM jobs LEFT JOIN batches ON batches.id = jobs.batch ORDER BY jobs.id`,
		)
		.all() as Row[];
	const batches = database.prepare('SELECT count(*) FROM batches').pluck().get() as number;
	database.close();
	const byId = new Map(rows.map(row => [row.id, row]));
	const byKey = Map.groupBy(rows, row => row.key);
	const byDestination = Map.groupBy(
		rows.filter(row => row.destination !== null),
		row => row.destination ?? '',
	);
	const free = new Set(answers.filter(({destination}) => destination === undefined).map(({key}) => key));
	const fixed = new Set(answers.flatMap(({destination}) => destination ?? []));
	const added = answers.flatMap(answer => answer.added.map(id => ({id, answer})));
	const held = answers.flatMap(answer => answer.held.map(holder => ({holder, answer})));
	// A batch is made by the first job that is added with its title.
	const wantedBatches = new Set(added.flatMap(({answer}) => answer.batch ?? []));
	return {
		adds: answers.length,
		rows: rows.length,
		expectedRows: free.size + fixed.size,
		batches,
		expectedBatches: wantedBatches.size,
		held: {
			same: held.filter(({holder}) => holder.destination === undefined).length,
			sameFile: held.filter(({holder}) => holder.destination !== undefined).length,
		},
		wrong: {
			problems: answers
				.filter(({problem, added: ids, held: holders}) => problem !== undefined || ids.length + holders.length !== 1)
				.map(answer => `${answer.key}: ${answer.problem ?? 'neither added nor held'}`),
			addedTwice: [
				...[...byKey].filter(([, same]) => same.length > 1).map(([key]) => key),
				...[...byDestination].filter(([, same]) => same.length > 1).map(([destination]) => destination),
			],
			lost: [
				...[...free].filter(key => !byKey.has(key)),
				...[...fixed].filter(destination => !byDestination.has(destination)),
				...added.filter(({id, answer}) => byId.get(id)?.key !== answer.key).map(({answer}) => answer.key),
				...(added.length === rows.length ? [] : [`${added.length} were told of, ${rows.length} are there`]),
			],
			namedWrongly: held
				.filter(({holder, answer}) =>
					holder.destination === undefined
						? byId.get(holder.id)?.key !== answer.key
						: byId.get(holder.id)?.destination !== answer.destination,
				)
				.map(({holder, answer}) => `${answer.key}: job ${holder.id}`),
			inTheWrongBatch: added
				.filter(({id, answer}) => (byId.get(id)?.batch ?? undefined) !== answer.batch)
				.map(({id, answer}) => `job ${id} is in ${byId.get(id)?.batch}, not in ${answer.batch}`),
			contradictions: auditDatabase(path).contradictions,
		},
	};
};
