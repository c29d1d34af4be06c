/*
 * ink-table 3.1 is CommonJS and requires ink, which is an ES module with top-level await: Node refuses that with
 * ERR_REQUIRE_ASYNC_MODULE. Here it is handed the ink that is loaded already. The bundle does not need this file: esbuild
 * puts ink-table itself in the place of `#ink-table`.
 */
import * as ink from 'ink';
import {createRequire} from 'node:module';
import type {ComponentType, PropsWithChildren, ReactElement} from 'react';

export type InkTableProps = {
	readonly data: ReadonlyArray<Readonly<Record<string, string>>>;
	readonly columns?: readonly string[];
	readonly padding?: number;
	readonly header?: (props: PropsWithChildren) => ReactElement;
};

const require = createRequire(import.meta.url);

const loadWithInk = (): {readonly default: ComponentType<InkTableProps>} => {
	const id = require.resolve('ink');
	const saved = require.cache[id];
	const {Module} = require('node:module') as typeof import('node:module');
	const stand = new Module(id);
	stand.filename = id;
	stand.loaded = true;
	stand.exports = ink;
	require.cache[id] = stand;
	try {
		return require('ink-table') as {readonly default: ComponentType<InkTableProps>};
	} finally {
		if (saved === undefined) Reflect.deleteProperty(require.cache, id);
		else require.cache[id] = saved;
	}
};

export default loadWithInk().default;
