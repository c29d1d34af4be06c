import {once} from 'node:events';
import {mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The hosters of an episode, by language: a file of the media, or what is wrong there. */
export type Offer = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type Page = {readonly title: string; readonly links: Offer};

/** `dead` and `captcha` are no files: the hoster's page is gone, or wants a person. */
export const dead = 'dead';
export const captcha = 'captcha';

export type AniworldSite = {
	readonly url: string;
	/** Paths of pages, of hosters as `HOSTER/FILE`, and names of media that were asked for, in order. */
	readonly asked: readonly string[];
	/** What the server does with requests for a file of this name. */
	readonly faults: Map<string, 'silence' | number>;
	/** A file of this name waits for this. */
	readonly gates: Map<string, Promise<void>>;
	/** Milliseconds before each file. */
	slowness: number;
	close(): void;
};

/** Serves pages, hosters and the media of a folder on loopback. `pageOf` is asked for the path of an episode. */
export const startAniworldSite = async (
	pageOf: (path: string) => Page | undefined,
	media: string,
): Promise<AniworldSite> => {
	const asked: string[] = [];
	const server = createServer((request, response) => void answer(request.url ?? '/', request.headers.host, response));
	const site = {
		url: '',
		asked,
		faults: new Map<string, 'silence' | number>(),
		gates: new Map<string, Promise<void>>(),
		slowness: 0,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};

	const answer = async (url: string, host: string | undefined, response: ServerResponse): Promise<void> => {
		const [, kind, rest = ''] = /^\/(\w+)\/(.*)$/.exec(url) ?? [];
		asked.push(rest);
		if (kind === 'page') {
			const page = pageOf(rest);
			if (page === undefined) return void response.writeHead(404).end();
			return void response.end(JSON.stringify({...page, links: addressesOf(page.links, `http://${host}/hoster`)}));
		}

		const name = basename(rest);
		if (kind === 'hoster') {
			if (name === dead) return void response.writeHead(404).end('nothing here');
			if (name === captcha) return void response.writeHead(401).end('are you a person?');
			return void response.end(`http://${host}/media/${name}`);
		}

		await site.gates.get(name);
		const fault = site.faults.get(name);
		if (fault === 'silence') return;
		const bytes = fault === undefined ? await readFile(join(media, name)).catch(() => undefined) : undefined;
		const send = () => response.writeHead(bytes === undefined ? (fault ?? 404) : 200).end(bytes ?? 'nothing here');
		setTimeout(send, site.slowness);
	};

	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return Object.assign(site, {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`});
};

const addressesOf = (offer: Offer, base: string): Offer =>
	Object.fromEntries(
		Object.entries(offer).map(([language, hosters]) => [
			language,
			Object.fromEntries(Object.entries(hosters).map(([hoster, file]) => [hoster, `${base}/${hoster}/${file}`])),
		]),
	);

/** A stand-in for aniworld of this version, called by that name in a folder of its own, that asks this site. */
export const installAniworld = async (
	version: string,
	site: string,
): Promise<{readonly command: string; readonly folder: string; remove(): Promise<void>}> => {
	const folder = await mkdtemp(join(tmpdir(), 'tidegate-aniworld-'));
	const script = new URL(`../fixtures/tools/aniworld-${version.startsWith('3') ? 3 : 4}.mjs`, import.meta.url);
	const command = join(folder, 'aniworld');
	await symlink(fileURLToPath(script), command);
	await writeFile(join(folder, 'version'), `${version}\n`);
	await writeFile(join(folder, 'site'), `${site}\n`);
	await writeFile(join(folder, 'stats'), '0.05\n');
	return {command, folder, remove: () => rm(folder, {recursive: true, force: true})};
};
