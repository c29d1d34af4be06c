import type {JobId} from '../../domain/job.ts';
import type {CommandResult, EngineCommand, Place} from '../../engine/ports.ts';
import {plural} from '../format.ts';
import type {Named} from './numbers.ts';
import type {Said} from './parse.ts';
import type {Session} from './session.ts';
import {said} from './words.ts';

type Verb = 'pause' | 'resume' | 'retry' | 'cancel' | 'remove';

const done: Readonly<Record<Verb, string>> = {
	pause: 'paused',
	resume: 'goes on',
	retry: 'queued again',
	cancel: 'cancelled',
	remove: 'removed',
};

/** These ask once before they act on many, and are told how to be taken back. */
const grave: ReadonlySet<Verb> = new Set(['cancel', 'remove']);

/** The jobs that the numbers mean; says what is wrong and answers undefined where one means none. */
export const jobsOf = (session: Session, {word, numbers}: Said): readonly Named[] | undefined => {
	if (numbers.length === 0) {
		session.say(`${word} which one? say: ${word}, and a number of the last list, such as ${word} 2 or ${word} 2-4`);
		return undefined;
	}

	const found = [...new Set(numbers)].map(number => ({number, job: session.numbers.get(number)}));
	const missing = found.find(one => one.job === undefined);
	if (missing !== undefined) {
		session.say(`there is no number ${missing.number}; say: list`);
		return undefined;
	}

	return found.map(one => one.job).filter(job => job !== undefined);
};

/** Pauses, resumes, retries, cancels or removes what the numbers mean. */
export const act = async (session: Session, verb: Verb, words: Said): Promise<void> => {
	const jobs = jobsOf(session, {...words, word: verb});
	if (jobs === undefined) return;
	const doIt = (): Promise<void> => actOn(session, verb, jobs);
	if (jobs.length === 1 || !grave.has(verb)) {
		await doIt();
		return;
	}

	session.ask(`${verb} ${plural(jobs.length, 'job')}?`, yesOrNo(session, doIt));
};

/** The two answers to a question. */
export const yesOrNo = (session: Session, yes: () => Promise<void>) =>
	[
		{words: ['yes', 'y'], about: '', act: yes},
		{words: ['no', 'n'], about: '', act: () => session.say('nothing was done')},
	] as const;

const actOn = async (session: Session, verb: Verb, jobs: readonly Named[]): Promise<void> => {
	const result = await session.engine.send({type: verb, selection: {ids: jobs.map(job => job.id)}});
	session.say(...outcome(result, jobs, done[verb], grave.has(verb)));
};

/** Changes the priority: the last number is the priority, those before it are jobs. */
export const prioritise = async (session: Session, words: Said): Promise<void> => {
	const priority = words.numbers.at(-1);
	const jobs = jobsOf(session, {...words, numbers: words.numbers.slice(0, -1)});
	if (jobs === undefined) return;
	if (priority === undefined || priority > 9) {
		session.say('priorities are 0 to 9; say: priority 2 7, for number 2 and priority 7');
		return;
	}

	const result = await session.engine.send({type: 'prioritise', ids: jobs.map(job => job.id), priority});
	session.say(...outcome(result, jobs, `priority ${priority}`));
};

/** Raises or lowers the priority of one job by one. */
export const shiftPriority = async (session: Session, words: Said, step: 1 | -1): Promise<void> => {
	const [job] = jobsOf(session, words) ?? [];
	if (job === undefined) return;
	const now = (await session.engine.show(job.id))?.priority;
	if (now === undefined) session.say(`number ${job.number} is gone`);
	else if (now + step < 0 || now + step > 9) session.say(`priority ${now} is the ${step === 1 ? 'highest' : 'lowest'}`);
	else await prioritise(session, {...words, numbers: [job.number, now + step]});
};

/** `move 3 top`, `move 3 bottom`, `move 3 before 1`. */
export const move = async (session: Session, words: Said): Promise<void> => {
	const [where = ''] = words.words;
	const isBefore = where === 'before';
	const jobs = jobsOf(session, {...words, numbers: isBefore ? words.numbers.slice(0, -1) : words.numbers});
	if (jobs === undefined) return;
	const other = isBefore ? session.numbers.get(words.numbers.at(-1) ?? 0)?.id : undefined;
	const place = placeOf(where, other);
	if (place === undefined) {
		session.say('move where? say: move 3 top, move 3 bottom, or move 3 before 1');
		return;
	}

	const result = await session.engine.send({type: 'reorder', ids: jobs.map(job => job.id), place});
	session.say(...outcome(result, jobs, 'moved'));
};

const placeOf = (where: string, other: JobId | undefined): Place | undefined => {
	if (where === 'top' || where === 'bottom') return {at: where};
	return where === 'before' && other !== undefined ? {before: other} : undefined;
};

/** Sends what is about no job in particular and says the sentence, or why not. */
export const sendAndSay = async (session: Session, command: EngineCommand, sentence: string): Promise<void> => {
	const result = await session.engine.send(command);
	session.acknowledge();
	session.say(result.ok ? sentence : said(result.message));
};

/** Takes the last act back, or does it again, and says which one it was. */
export const takeBack = async (session: Session, type: 'undo' | 'redo'): Promise<void> => {
	const result = await session.engine.send({type});
	session.acknowledge();
	if (!result.ok) {
		session.say(said(result.message));
		return;
	}

	const word = type === 'undo' ? 'undone' : 'done again';
	session.say(
		`${word}: ${said(result.label ?? 'the last act')}`,
		...result.refused.slice(0, mostRefusals).map(({id, reason}) => `not job ${id}: ${said(reason)}`),
	);
};

/** What became of an act, in words: one job by name, many by their number, and each refusal with its reason. */
const outcome = (
	result: CommandResult,
	jobs: readonly Named[],
	word: string,
	canBeUndone = false,
): readonly string[] => {
	if (!result.ok) return [said(result.message)];
	const changed = jobs.filter(job => result.changed.includes(job.id));
	const [only] = changed;
	const undo = canBeUndone && changed.length > 0 ? '; undo takes it back' : '';
	return [
		...(changed.length === 1 && only !== undefined ? [`${word}: number ${only.number}, ${only.title}${undo}`] : []),
		...(changed.length > 1 ? [`${word}: ${plural(changed.length, 'job')}${undo}`] : []),
		...result.refused.slice(0, mostRefusals).map(({id, reason}) => `not ${nameOf(jobs, id)}: ${said(reason)}`),
		...(result.refused.length > mostRefusals ? [`and ${result.refused.length - mostRefusals} more were refused`] : []),
	];
};

const mostRefusals = 5;

const nameOf = (jobs: readonly Named[], id: JobId): string => {
	const job = jobs.find(one => one.id === id);
	return job === undefined ? `job ${id}` : `number ${job.number}, ${job.title}`;
};
