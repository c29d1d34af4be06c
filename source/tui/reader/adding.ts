import {catalogOfReference} from '../../domain/music-reference.ts';
import type {AddRequest, CommandResult, ExpandedGroup} from '../../engine/ports.ts';
import {count, plural} from '../format.ts';
import type {Session} from './session.ts';
import {said} from './words.ts';

/** Adds what was said after `add`: one source, or several with spaces between them. */
export const addSpoken = async (session: Session, text: string): Promise<void> => {
	const sources = text.split(/\s+/).filter(source => source !== '');
	if (sources.length === 0) {
		session.say('add what? say: add, and an address; or paste a list of them');
		return;
	}

	const [reference] = sources;
	if (sources.length === 1 && reference !== undefined && catalogOfReference(reference) !== undefined) {
		await askForAlbum(session, reference);
		return;
	}

	await add(session, sources);
};

/** An album is told for what it is before it is added. */
const askForAlbum = async (session: Session, reference: string): Promise<void> => {
	session.say('looking it up');
	const found = await session.engine.expand(reference);
	if (!found.ok) {
		session.say(said(found.message));
		return;
	}

	const {groups, leftOut, notes} = found;
	const words = groups.map(({title, requests}) => `${said(title ?? '')} ${plural(requests.length, 'track')}`.trim());
	session.say(
		...notes.map(said),
		...leftOut.slice(0, mostNamed).map(({what, why}) => `left out: ${said(what)}, ${said(why)}`),
		...(leftOut.length > mostNamed ? [`and ${count(leftOut.length - mostNamed)} more left out`] : []),
	);
	session.ask(`${words.join('; ')}. Add?`, [
		{words: ['yes', 'y'], about: '', act: () => addGroups(session, groups)},
		{words: ['no', 'n'], about: '', act: () => session.say('nothing was added')},
	]);
};

const addGroups = async (session: Session, groups: readonly ExpandedGroup[]): Promise<void> => {
	for (const {title, requests} of groups) {
		const batch = title === undefined ? {} : {batch: title};
		const result = await session.engine.send({type: 'add', requests, skipBad: true, ...batch});
		session.say(...(await addedWords(session, result)));
	}
};

/** Lines beyond this are a file, which `tidegate add -` takes. */
const mostLines = 100_000;

/** A paste is never carried out by itself. */
export const askForPasted = (session: Session, lines: readonly string[]): void => {
	const sources = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
	const [first] = sources;
	if (first === undefined) return;
	if (sources.length > mostLines) {
		session.say(`that are ${count(sources.length)} lines; for more than ${count(mostLines)} there is: tidegate add -`);
		return;
	}

	session.ask(`${plural(sources.length, 'line')} pasted, the first one is ${said(first)}. Add?`, [
		{words: ['yes', 'y'], about: '', act: () => add(session, sources)},
		{words: ['no', 'n'], about: '', act: () => session.say('nothing was added')},
	]);
};

const add = async (session: Session, sources: readonly string[]): Promise<void> => {
	const requests = sources.map((source): AddRequest => ({source}));
	session.say(...(await addedWords(session, await session.engine.send({type: 'add', requests, skipBad: true}))));
};

/** Named one by one up to so many. */
const mostNamed = 5;

const addedWords = async (session: Session, result: CommandResult): Promise<readonly string[]> => {
	const bad = (result.bad ?? []).slice(0, mostNamed).map(one => `not added: ${said(one.source)}, ${said(one.problem)}`);
	if (!result.ok) return [said(result.message), ...bad];
	const {changed, duplicates = []} = result;
	const named = await Promise.all(changed.slice(0, mostNamed).map(id => session.engine.show(id)));
	const jobs = named.filter(job => job !== undefined);
	return [
		...(changed.length > mostNamed ? [`${count(changed.length)} added, the first are:`] : []),
		...jobs.map(job => `added: number ${session.numbers.name(job)}, ${said(job.title)}`),
		...duplicates.slice(0, mostNamed).map(one => `not added: ${said(one.source)}, the queue has it already`),
		...(duplicates.length > mostNamed ? [`and ${count(duplicates.length - mostNamed)} more that it has already`] : []),
		...bad,
		...(changed.length + duplicates.length + bad.length === 0 ? ['nothing was added'] : []),
	];
};
