import {join} from 'node:path';
import type {JobStore} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {temporaryDirectory} from '../support/temp.ts';
import {describeJobStore} from './job-store.contract.ts';
import {closedAfterwards} from './job-store/jobs.ts';

describeJobStore('the SQLite store', async () => {
	const directory = await temporaryDirectory();
	const paths = new Map<JobStore, string>();
	const openAt = (path: string): JobStore => {
		const store = closedAfterwards(openSqliteStore({path}));
		paths.set(store, path);
		return store;
	};

	const pathOf = (store: JobStore): string => paths.get(store) ?? '';
	return {
		open: async () => openAt(join(directory, `${paths.size}.db`)),
		reopen: async store => {
			await store.close();
			return openAt(pathOf(store));
		},
		join: async store => openAt(pathOf(store)),
	};
});
