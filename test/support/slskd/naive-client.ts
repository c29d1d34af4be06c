/*
 * A client of slskd as one writes it in an afternoon: `node naive-client.ts URL KEY DOWNLOADS JOBS.json STORAGE`. It believes
 * what it is told, and forgets. With it the double and the judge of the albums are tried: it does what they must see.
 */
import {copyFileSync, existsSync, mkdirSync, readFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';

type Wanted = {readonly artist: string; readonly album: string; readonly title: string};
type Offer = {readonly username: string; readonly filename: string; readonly size: number};
type Transfer = {readonly filename: string; readonly state: string};

const [url = '', key = '', downloads = '', jobs = '', storage = ''] = process.argv.slice(2);
const wanted = JSON.parse(readFileSync(jobs, 'utf8')) as readonly Wanted[];

const call = async (method: string, route: string, body?: unknown): Promise<unknown> => {
	for (;;) {
		try {
			const answer = await fetch(`${url}/api/v0/${route}`, {
				method,
				headers: {'x-api-key': key, 'content-type': 'application/json'},
				...(body === undefined ? {} : {body: JSON.stringify(body)}),
			});
			if (answer.status === 429 || answer.status === 409) throw new Error('busy');
			const text = await answer.text();
			return answer.ok && text !== '' ? JSON.parse(text) : undefined;
		} catch {
			await delay(200);
		}
	}
};

const words = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]+/gu, ' ');

const search = async ({artist, title}: Wanted): Promise<readonly Offer[]> => {
	const searchText = words(`${artist} ${title}`);
	const {id} = (await call('POST', 'searches', {searchText, searchTimeout: 3000})) as {readonly id: string};
	for (;;) {
		const found = (await call('GET', `searches/${id}?includeResponses=true`)) as
			{readonly isComplete: boolean; readonly responses: ReadonlyArray<{username: string; files: Offer[]}>} | undefined;
		if (found === undefined) return [];
		if (found.isComplete) {
			return found.responses.flatMap(({username, files}) =>
				files
					.filter(({filename}) => words(filename.split('\\').at(-1) ?? '').includes(words(title).trim()))
					.map(({filename, size}) => ({username, filename, size})),
			);
		}

		await delay(50);
	}
};

const fetchOne = async ({username, filename, size}: Offer, target: string): Promise<boolean> => {
	await call('POST', `transfers/downloads/${encodeURIComponent(username)}`, [{filename, size}]);
	const [directory = '', name = ''] = filename.split('\\').slice(-2);
	const local = join(downloads, directory, name);
	for (let waited = 0; waited < 3000; waited += 100) {
		await delay(100);
		const own = (await call('GET', `transfers/downloads/${encodeURIComponent(username)}`)) as
			{readonly directories: ReadonlyArray<{readonly files: readonly Transfer[]}>} | undefined;
		const state = own?.directories.flatMap(({files}) => files).find(file => file.filename === filename)?.state ?? '';
		if (state.startsWith('Completed') && !state.endsWith('Succeeded')) return false;
		if (state.endsWith('Succeeded') && existsSync(local)) {
			mkdirSync(join(target, '..'), {recursive: true});
			copyFileSync(local, `${target}${extname(name)}`);
			return true;
		}
	}

	return false;
};

const todo = [...wanted];
const work = async (): Promise<void> => {
	for (let job = todo.shift(); job !== undefined; job = todo.shift()) {
		const target = join(storage, words(`${job.artist} ${job.album}`), words(job.title));
		if (['.flac', '.mp3'].some(extension => existsSync(`${target}${extension}`))) continue;
		for (const offer of await search(job)) if (await fetchOne(offer, target)) break;
	}
};
await Promise.all([work(), work(), work()]);
