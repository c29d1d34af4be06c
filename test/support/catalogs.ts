import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {onTestFinished} from 'vitest';
import {createCatalogs} from '../../source/compose-catalogs.ts';
import {parseConfig} from '../../source/config/load.ts';
import type {Catalog, CatalogContext, CatalogEntry, CatalogOutcome} from '../../source/engine/ports.ts';
import {createApi} from '../../source/system/api.ts';
import {createCatalogDouble, type CatalogDouble, type DoubleOptions} from './catalog-double.ts';
import {createFakeClock, type FakeClock} from './fake-clock.ts';
import {temporaryDirectory} from './temp.ts';

export type Expansion = Extract<CatalogOutcome, {type: 'expanded'}>;

/** The real catalogs with the double behind them, and time that passes only while somebody waits. */
export type CatalogWorld = {
	readonly double: CatalogDouble;
	readonly clock: FakeClock;
	readonly root: string;
	/** The catalog that takes the reference, asked. */
	expand(reference: string, context?: Partial<CatalogContext>): Promise<CatalogOutcome>;
	/** The same, which has to succeed. */
	read(reference: string, context?: Partial<CatalogContext>): Promise<Expansion>;
	/** Lets time pass until the work has ended. */
	during<Result>(work: Promise<Result>): Promise<Result>;
	/** Paths that one API was asked for. */
	asked(api: string): readonly string[];
	/** All that is kept on the disk. */
	kept(): Promise<readonly string[]>;
	/** New catalogs on the same disk, as another process would make them. */
	again(): void;
};

export const contact = 'tests@example.org';

/** The configuration that leads to the double. */
export const configOf = (double: CatalogDouble, more = ''): string => `
[catalogs]
${more}
[catalogs.deezer]
url = "${double.deezer}"
[catalogs.musicbrainz]
url = "${double.musicbrainz}"
contact = "${contact}"
[catalogs.spotify]
enabled = true
url = "${double.spotify}"
token_url = "${double.token}"
client_id = "env:CLIENT"
client_secret = "env:SECRET"
`;

export const secret = 'a-secret-of-the-client';

export const createCatalogWorld = async (
	options: DoubleOptions & {
		readonly config?: string;
		readonly change?: (toml: string) => string;
		readonly env?: Readonly<Record<string, string>>;
	} = {},
): Promise<CatalogWorld> => {
	const clock = createFakeClock();
	const double = await createCatalogDouble({now: clock.now, ...options});
	const root = await temporaryDirectory();
	const toml = configOf(double, options.config);
	const loaded = parseConfig(options.change?.(toml) ?? toml, join(root, 'config.toml'));
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	const api = createApi();
	onTestFinished(async () => {
		await api.close();
		await double.close();
	});
	const make = (): readonly Catalog[] =>
		createCatalogs({
			config: loaded.config,
			paths: {root, configDirectory: root},
			env: options.env ?? {CLIENT: 'client', SECRET: secret},
			version: '1.2.3',
			clock,
			api,
		});
	let catalogs = make();
	const world: CatalogWorld = {
		double,
		clock,
		root,
		async expand(reference, context = {}) {
			const catalog = catalogs.find(one => one.accepts(reference, context.kind));
			if (catalog === undefined) throw new Error(`nobody takes ${reference}`);
			const whole = {signal: new AbortController().signal, onProgress: () => undefined, ...context};
			return world.during(catalog.expand(reference, whole));
		},
		async read(reference, context) {
			const outcome = await world.expand(reference, context);
			if (outcome.type !== 'expanded') throw new Error(JSON.stringify(outcome));
			return outcome;
		},
		async during(work) {
			let isOver = false;
			const ended = work.finally(() => {
				isOver = true;
			});
			ended.catch(() => undefined);
			while (!isOver) {
				await clock.advance(20);
				await delay(1);
			}

			return ended;
		},
		asked: name =>
			double.asked
				.filter(({api: own}) => own === name)
				.map(({path, query}) => `${path}${query.size === 0 ? '' : `?${decodeURIComponent(query.toString())}`}`),
		async kept() {
			const names = await readdir(join(root, 'catalogs')).catch(() => []);
			return Promise.all(names.map(name => readFile(join(root, 'catalogs', name), 'utf8')));
		},
		again() {
			catalogs = make();
		},
	};
	return world;
};

/** The entries of all groups. */
export const entriesOf = ({groups}: Expansion): readonly CatalogEntry[] => groups.flatMap(({entries}) => entries);
