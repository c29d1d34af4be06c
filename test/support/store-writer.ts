/*
 * A process that changes a queue until it is killed: `node store-writer.ts DATABASE ROUND`. Before each change it says
 * what it will do, and after the answer that it was done, each on a line written at once.
 */
import {writeSync} from 'node:fs';
import type {JobId, JobStatus} from '../../source/domain/job.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {changeOf, newJob, owner, token} from '../contract/job-store/jobs.ts';

export type Line =
	| {readonly type: 'will-add' | 'added'; readonly names: readonly string[]}
	| {readonly type: 'will-move' | 'moved'; readonly id: JobId; readonly to: JobStatus | 'removed'};

const [path = '', round = ''] = process.argv.slice(2);
const say = (line: Line): void => {
	writeSync(1, `${JSON.stringify(line)}\n`);
};

const store = openSqliteStore({path});

const add = async (names: readonly string[]): Promise<readonly JobId[]> => {
	say({type: 'will-add', names});
	const {ids} = await store.add({title: `Round ${round}`, jobs: names.map(name => newJob(name))}, 1);
	say({type: 'added', names});
	return ids;
};

const move = async (id: JobId, to: JobStatus | 'removed', change: () => Promise<unknown>): Promise<void> => {
	say({type: 'will-move', id, to});
	await change();
	say({type: 'moved', id, to});
};

for (let pass = 0; ; pass += 1) {
	// Now and then more than fits into one turn, so that the end comes in the middle of a transaction as well.
	const count = pass % 5 === 4 ? 3000 : 4;
	const [first, second, third] = (await add(
		Array.from({length: count}, (_, index) => `${round}-${pass}-${index}`),
	)) as readonly [JobId, JobId, JobId];
	const attempt = token(`${round}-${pass}`);
	await move(first, 'starting', async () => store.claim(first, attempt, owner('me'), 1));
	await move(first, 'downloading', async () => store.move(first, attempt, changeOf('begin')));
	await store.saveProgress([{id: first, attempt, bytes: pass, total: undefined}]);
	await move(first, 'finishing', async () => store.move(first, attempt, changeOf('finish')));
	await move(first, 'completed', async () => store.move(first, attempt, changeOf('complete')));
	await move(second, 'starting', async () => store.claim(second, attempt, owner('me'), 1));
	await move(second, 'failed', async () => store.move(second, attempt, changeOf('fail')));
	await move(third, 'cancelled', async () => store.move(third, undefined, changeOf('cancel')));
	await move(third, 'removed', async () => store.move(third, undefined, changeOf('remove')));
}
