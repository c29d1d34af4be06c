import {join} from 'node:path';
import {failureFromText, type Failure} from '../../domain/failure.ts';
import {cleanText, maskSecrets, shorten} from '../../domain/text.ts';
import type {Catalog, CatalogContext, CatalogEntry, CatalogOutcome, Clock, LeftOut} from '../../engine/ports.ts';
import {copyPrivateFile, writePrivateFile} from '../../system/attempt-files.ts';
import {runTool, type ToolExit} from '../../system/run-tool.ts';
import {withScratch} from '../../system/scratch.ts';
import {mostItems} from '../http/pages.ts';
import {printTemplate, readFlatLine} from './parse.ts';

export type YtDlpCatalogOptions = {
	readonly command: string;
	/** Put before our own arguments, which win. No secrets. */
	readonly extraArgs: readonly string[];
	/** A file of cookies in Netscape format; yt-dlp works on a copy. */
	readonly cookies: string | undefined;
	readonly clock: Clock;
};

const longestRun = 15 * 60_000;

/** Playlists of the sites that yt-dlp knows, without looking at each of their entries. */
export const createYtDlpCatalog = (options: YtDlpCatalogOptions): Catalog => ({
	id: 'yt-dlp',
	hasSources: true,
	// Any address may be a list; only a person can say that it is meant as one.
	accepts: (reference, kind) => kind === 'playlist' && /^https?:\/\/\S+$/i.test(reference.trim()),
	expand: (reference, context) => withScratch(directory => readList(reference.trim(), directory, options, context)),
});

const readList = async (
	address: string,
	directory: string,
	{command, extraArgs, cookies, clock}: YtDlpCatalogOptions,
	{signal, onProgress}: CatalogContext,
): Promise<CatalogOutcome> => {
	const [sourceFile, cookieFile] = [join(directory, 'source.txt'), join(directory, 'cookies.txt')];
	// Addresses carry signatures, and the process table can be read by everybody.
	await writePrivateFile(sourceFile, `${address}\n`);
	if (cookies !== undefined) {
		try {
			await copyPrivateFile(cookies, cookieFile);
		} catch (error) {
			const code: Failure['code'] = 'bad-arguments';
			return {type: 'failed', failure: {code, message: `yt-dlp: the cookie file cannot be read: ${String(error)}`}};
		}
	}

	const entries: CatalogEntry[] = [];
	const leftOut: LeftOut[] = [];
	const errors: string[] = [];
	let title: string | undefined;
	let count: number | undefined;
	let isList = false;
	const exit = await runTool({
		command,
		args: [
			['--ignore-config', ...extraArgs, '--no-color', '--flat-playlist', '--yes-playlist', '--ignore-errors'],
			['--playlist-end', String(mostItems), '--socket-timeout', '30', '--print', printTemplate],
			cookies === undefined ? [] : ['--cookies', cookieFile],
			['--batch-file', sourceFile],
		].flat(),
		cwd: directory,
		token: `catalog-${clock.uniqueName()}`,
		signal: AbortSignal.any([signal, AbortSignal.timeout(longestRun)]),
		onStdoutLine(line) {
			const found = readFlatLine(line, address);
			if (found === undefined || entries.length + leftOut.length >= mostItems) return;
			isList ||= found.list !== undefined;
			title ??= found.list?.title;
			count ??= found.list?.count;
			if ('entry' in found.read) entries.push(found.read.entry);
			else leftOut.push(found.read);
			onProgress(entries.length, count);
		},
		onStderrLine(line) {
			if (errors.length < 20 && /^ERROR\b/.test(line)) errors.push(line);
		},
	});
	if (signal.aborted) return {type: 'stopped'};
	if (entries.length === 0) return {type: 'failed', failure: failureOf(exit, errors, leftOut)};
	const missing = (count ?? 0) - entries.length - leftOut.length;
	if (missing > 0)
		leftOut.push({
			what: `${missing} entries`,
			why: `the list is said to hold ${count ?? 0}, but the rest was not told`,
		});
	return {
		type: 'expanded',
		groups: [{title: isList ? (title ?? 'Playlist') : undefined, entries}],
		leftOut,
		notes: isList ? [] : ['it is no list but a single page'],
	};
};

const failureOf = (exit: ToolExit, errors: readonly string[], leftOut: readonly LeftOut[]): Failure => {
	if (exit.type === 'not-started')
		return {code: 'tool-missing', message: `yt-dlp: ${exit.message}; try: apt install yt-dlp`};
	const [line] = errors;
	const words = shorten(maskSecrets(cleanText((line ?? '').replace(/^ERROR:\s*|; please report .*$/gs, ''))), 300);
	if (line !== undefined) return {code: failureFromText(line, 'tool-failed'), message: `yt-dlp: ${words}`};
	if (exit.isStopped) return {code: 'timeout', message: 'yt-dlp took too long to read the list'};
	return leftOut.length > 0
		? {code: 'unsupported', message: `yt-dlp finds nothing to fetch there: ${leftOut[0]?.why ?? ''}`}
		: {code: 'not-found', message: 'yt-dlp finds nothing there'};
};
