import {join} from 'node:path';
import type {Failure} from '../../domain/failure.ts';
import {shorten} from '../../domain/text.ts';
import type {RunContext} from '../../engine/ports.ts';
import {readStart} from '../../system/scratch.ts';
import {toolFailure} from '../supervision/tool-failure.ts';
import {
	historyFile,
	listingFile,
	listingMenu,
	lookArguments,
	lookEnvironment,
	ownFolder,
	type Wish,
} from './arguments.ts';
import {ask, name, type Ended, type Tool} from './look.ts';
import {hitsIn, titleInHistory} from './parse.ts';
import {hitNamed, plainTitle, type Hit} from './titles.ts';

/** The hit to be downloaded. `isByTitle`: what comes has to have the title that was asked for. */
export type Choice = {
	readonly index: number;
	readonly isByTitle: boolean;
};

/** What a look found: hits; or why it found none. */
type Look =
	| Ended
	| {readonly hits: readonly Hit[]; readonly words: readonly string[]}
	/** There is exactly one hit, and its title is not known. */
	| {readonly isSingle: true};

/**
 * Which hit is the one that a job wants: the index that somebody has looked up in the same catalogue, else the hit that has
 * the job's title. An index of another catalogue is passed over.
 */
export const chooseHit = async (
	wish: Wish,
	tool: Tool,
	query: string,
	context: RunContext,
	failureOf: (words: readonly string[]) => Failure,
): Promise<Ended | Choice> => {
	const {catalogue} = tool.version;
	const cached = wish.cached?.catalogue === catalogue ? wish.cached.index : undefined;
	if (wish.cached !== undefined && cached === undefined) {
		context.log(
			`the index ${wish.cached.index} is one of ${wish.cached.catalogue}, not of ${catalogue}; looking for the title`,
		);
	}

	if (cached !== undefined) return {index: cached, isByTitle: false};
	const look = tool.hasFreeMenu
		? await listHits(wish, tool, query, context)
		: await tryHits(wish, tool, query, context);
	if ('outcome' in look) return look;
	if ('isSingle' in look) return {index: 1, isByTitle: true};
	const {hits, words} = look;
	const hit = hitNamed(wish.title, hits);
	if (hit !== undefined) {
		context.log(`hit ${hit.index} for "${query}": ${plainTitle(hit.title)}`);
		return {index: hit.index, isByTitle: true};
	}

	// One whose title could not be seen may have been it.
	const isUnclear = hits.length === 0 || words.length > 0;
	return {outcome: {type: 'failed', failure: isUnclear ? failureOf(words) : noneNamed(wish, query, hits)}};
};

const mostNamed = 5;

const noneNamed = ({title}: Wish, query: string, hits: readonly Hit[]): Failure => {
	const names = hits.slice(0, mostNamed).map(hit => shorten(plainTitle(hit.title), 60));
	const more = hits.length > mostNamed ? ` and ${hits.length - mostNamed} more` : '';
	const words = `no hit for "${shorten(query, 60)}" is called "${shorten(title, 60)}"; there are: ${names.join('; ')}${more}`;
	return toolFailure(name, 'not-found', words);
};

/** More than this of a list of titles is not read. In bytes. */
const longestListing = 262_144;

/** All hits at once: the menu of ani-cli 5.0 may be any program, and `tee` writes down what it is shown. */
const listHits = async (wish: Wish, tool: Tool, query: string, context: RunContext): Promise<Look> => {
	const own = join(context.directory, ownFolder);
	const args = lookArguments(wish, undefined, query);
	context.log(`${tool.command} ${args.join(' ')}`);
	const answer = await ask(context, tool.command, args, {...lookEnvironment(own), ...listingMenu});
	if ('outcome' in answer) return answer;
	const listing = await readStart(join(own, listingFile), longestListing);
	const hits = hitsIn(listing.toString());
	if (hits.length > 0) return {hits, words: []};
	// One hit alone needs no menu: it is resolved as if it had been chosen.
	const title = await readTitle(own);
	if (title !== undefined) return {hits: [{index: 1, title}], words: []};
	const words = answer.words.filter(line => line !== 'Checking dependencies...');
	return words.some(line => isOfEpisode.test(line)) ? {isSingle: true} : {hits: [], words};
};

const isOfEpisode = /^Invalid episode|^Invalid range|^Episode |^No sources found for/;

/** So many hits are looked at one by one. */
const mostTries = 10;

/**
 * The hits one after the other, until one has the title: each is resolved without being played, and ani-cli notes its title.
 * For 4.x, and where 5.0 would open a window.
 */
const tryHits = async (wish: Wish, tool: Tool, query: string, context: RunContext): Promise<Look> => {
	const hits: Hit[] = [];
	let words: readonly string[] = [];
	for (let index = 1; index <= mostTries; index++) {
		const own = join(context.directory, ownFolder, `hit-${index}`);
		const args = lookArguments(wish, index, query);
		context.log(`${tool.command} ${args.join(' ')}`);
		const answer = await ask(context, tool.command, args, {...lookEnvironment(own), ANI_CLI_MENU: 'true'});
		if ('outcome' in answer) return answer;
		const title = await readTitle(own);
		const said = answer.words.filter(line => line !== 'Checking dependencies...');
		if (title === undefined) {
			if (!said.some(line => isOfEpisode.test(line)))
				return {hits, words: words.length > 0 ? words : hits.length === 0 ? said : []};
			words = said;
			continue;
		}

		hits.push({index, title});
		if (plainTitle(title) === plainTitle(wish.title)) break;
	}

	return {hits, words};
};

/** The title that ani-cli noted last in this folder. */
export const readTitle = async (folder: string): Promise<string | undefined> =>
	titleInHistory((await readStart(join(folder, historyFile), 65_536)).toString());
