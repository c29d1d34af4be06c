import type {AddRequest, EngineCommand} from '../../source/engine/ports.ts';
import {mulberry32} from './fake-clock.ts';

/** One add as a process sends it, with what it is meant to be. */
export type AddedItem = {
	readonly command: Extract<EngineCommand, {type: 'add'}>;
	/** The same for the same thing, however it is spelled. */
	readonly key: string;
	readonly destination: string | undefined;
	/** The batch by the title that a person sees. */
	readonly batch: string | undefined;
};

const things = 200;

const spellings: ReadonlyArray<(host: string, path: string) => string> = [
	(host, path) => `http://${host}${path}`,
	(host, path) => `http://${host.toUpperCase()}${path}`,
	(host, path) => `HTTP://${host}:80${path}`,
	(host, path) => `  http://${host}${path}`,
	(host, path) => `http://${host}/./x/..${path}`,
	(host, path) => `http://${host}.${path}`,
	(host, path) => `http://${host}${path.replace('-', '%2d')}`,
];

/** Only http and aria2 know that what stands behind # is never sent. */
const withFragment = (source: string, chance: number): string => (chance < 0.2 ? `${source}#part-${chance}` : source);

/** Things that are close to each other and not the same. */
const variants: ReadonlyArray<{
	readonly name: string;
	readonly provider: string;
	readonly path: (number: number) => string;
	readonly host?: string;
	readonly options?: (chance: number) => NonNullable<AddRequest['options']>;
}> = [
	{name: 'plain', provider: 'http', path: number => `/file-${number}`},
	{name: 'path in capitals', provider: 'http', path: number => `/FILE-${number}`},
	{name: 'slash at the end', provider: 'http', path: number => `/file-${number}/`},
	{name: 'query', provider: 'http', path: number => `/file-${number}?a=1`},
	{name: 'another host', provider: 'http', host: 'www.example.org', path: number => `/file-${number}`},
	{name: 'aria2', provider: 'aria2', path: number => `/file-${number}`},
	{name: 'yt-dlp', provider: 'yt-dlp', path: number => `/file-${number}`},
	{name: 'quality', provider: 'http', path: number => `/file-${number}`, options: () => ({quality: '720'})},
	{name: 'episode', provider: 'http', path: number => `/file-${number}`, options: () => ({episode: 720})},
	{
		name: 'language',
		provider: 'http',
		path: number => `/file-${number}`,
		// Composed or not: the same word.
		options: chance => ({language: chance < 0.5 ? 'Fran\u00E7ais' : 'Franc\u0327ais'}),
	},
	{
		name: 'hoster',
		provider: 'http',
		path: number => `/hosted-${number}`,
		// Another hoster is another way to the same thing.
		options: chance => ({hoster: chance < 0.5 ? 'One' : 'Two'}),
	},
];

const batches: readonly string[][] = [
	['Season'],
	['season'],
	['Caf\u00E9', 'Cafe\u0301'],
	['CAF\u00C9', 'CAFE\u0301'],
	['Album  One', ' Album  One '],
];

/** The adds of one process, in its order: the same for the same seed. */
export function* addingItems(seed: number, count: number): Generator<AddedItem> {
	const chance = mulberry32(seed);
	const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() * items.length)] as Item;
	for (let index = 0; index < count; index++) {
		const number = Math.floor(chance() * things);
		const variant = pick(variants);
		const spelled = pick(spellings)(variant.host ?? 'example.org', variant.path(number));
		const source = variant.provider === 'yt-dlp' ? spelled : withFragment(spelled, chance());
		const key = `${variant.name} ${number}`;
		// Several things want the same file; which ones is always the same.
		const destination = variant.name === 'plain' && number % 3 === 0 ? `fixed/file-${number % 90}.bin` : undefined;
		const batch = chance() < 0.4 ? Math.floor(chance() * batches.length) : undefined;
		const title = pick(['Caf\u00E9', 'Cafe\u0301', 'CAF\u00C9']);
		yield {
			key,
			destination,
			batch: batch === undefined ? undefined : batches[batch]?.[0],
			command: {
				type: 'add',
				...(batch === undefined ? {} : {batch: pick(batches[batch] ?? [])}),
				requests: [
					{
						source,
						provider: variant.provider,
						title,
						options: {...variant.options?.(chance()), fields: {key}},
						...(destination === undefined ? {} : {output: chance() < 0.5 ? destination : `./${destination}`}),
					},
				],
			},
		};
	}
}
