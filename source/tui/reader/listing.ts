import type {JobView} from '../../domain/job.ts';
import {sortKeys, type JobQuery, type PipelineStatistics, type SortKey} from '../../engine/ports.ts';
import {count, size} from '../format.ts';
import {pipelineFacts, rowsIn, stagesOf} from '../view/pages/pipeline.ts';
import type {Said} from './parse.ts';
import type {Session} from './session.ts';
import {jobsOf} from './acting.ts';
import {explanation, factsOf, jobWords, said, share, summary} from './words.ts';

/** Jobs that are read out at once. */
const pageSize = 10;

type Part = {readonly words: readonly string[]; readonly name: string; readonly query: JobQuery | undefined};

const inLine: JobQuery = {statuses: ['queued', 'waiting', 'paused'], sort: 'order'};
const lastFirst = {sort: 'ended', isDescending: true} as const;

/** What a list may be of; the running jobs stand in the snapshot. */
const parts: readonly Part[] = [
	{words: ['active', 'running', '1'], name: 'running', query: undefined},
	{words: ['queue', 'queued', 'waiting', '2'], name: 'in line', query: inLine},
	{words: ['failed', '3'], name: 'failed', query: {statuses: ['failed'], ...lastFirst}},
	{
		words: ['done', 'completed', 'finished', '4'],
		name: 'done',
		query: {statuses: ['completed', 'cancelled'], ...lastFirst},
	},
	{words: ['paused'], name: 'paused', query: {statuses: ['paused'], sort: 'order'}},
];

/** `list`, `list failed`, `list queue tide`, `list done by size`: jobs with numbers, ten at a time. */
export const list = async (session: Session, {words: all, numbers}: Said): Promise<void> => {
	const {words, sort} = withoutSort(all);
	const [first = String(numbers[0] ?? ''), ...others] = words;
	const part = parts.find(one => one.words.includes(first.toLowerCase()));
	const text = (part === undefined ? words : others).join(' ');
	const wanted = {
		...(text === '' ? {} : {text}),
		...(sort === undefined ? {} : {sort, isDescending: sort !== 'order'}),
	};
	session.numbers.clear();
	if (part?.query !== undefined) {
		await readOut(session, part.name, {...part.query, ...wanted}, []);
		return;
	}

	const running = activeJobs(session, text);
	if (part === undefined) await readOut(session, 'in line', {...inLine, ...wanted}, running);
	else sayJobs(session, 'running', running, running.length);
};

/** The words without `by size`, and what that asks for. */
const withoutSort = (words: readonly string[]): {readonly words: readonly string[]; readonly sort?: SortKey} => {
	const index = words.indexOf('by');
	const sort = sortKeys.find(key => key === words[index + 1]);
	return index === -1 || sort === undefined ? {words} : {words: words.toSpliced(index, 2), sort};
};

/** Jobs of any status whose title or source holds the text. */
export const find = async (session: Session, {rest}: Said): Promise<void> => {
	if (rest === '') {
		session.say('find what? say: find, and a part of the title');
		return;
	}

	session.numbers.clear();
	await readOut(session, `with "${said(rest)}"`, {text: rest, sort: 'added', isDescending: true}, []);
};

const activeJobs = (session: Session, text: string): readonly JobView[] => {
	const wanted = text.toLowerCase();
	return session.engine
		.getSnapshot()
		.active.filter(job => `${job.title}\n${job.source}`.toLowerCase().includes(wanted))
		.toSorted((one, other) => one.slot - other.slot);
};

const readOut = async (session: Session, name: string, query: JobQuery, before: readonly JobView[]): Promise<void> => {
	const page = await session.engine.list({...query, limit: pageSize});
	const {next} = page;
	const heading = before.length === 0 ? name : `running and ${name}`;
	sayJobs(session, heading, [...before, ...page.rows], undefined, next !== undefined);
	session.setMore(next === undefined ? undefined : () => readOut(session, name, {...query, after: next}, []));
};

const sayJobs = (
	session: Session,
	name: string,
	jobs: readonly JobView[],
	total: number | undefined,
	hasMore = false,
): void => {
	const {at} = session.engine.getSnapshot();
	if (jobs.length === 0) {
		session.setMore(undefined);
		session.say(`nothing is ${name}`);
		return;
	}

	session.say(
		`${count(total ?? jobs.length)}${hasMore ? ' or more' : ''} ${name}`,
		...jobs.map(job => `${session.numbers.name(job)}. ${jobWords(job, at)}`),
		...(hasMore ? ['there are more; say: more'] : []),
	);
};

/** Everything that is known of one job. */
export const show = async (session: Session, words: Said): Promise<void> => {
	const [named] = jobsOf(session, {...words, word: 'show'}) ?? [];
	if (named === undefined) return;
	const job = await session.engine.show(named.id);
	if (job === undefined) session.say(`number ${named.number} is gone: ${named.title}`);
	else session.enumerate(`number ${named.number}`, factsOf(job, session.engine.getSnapshot().at));
};

/** Why a job is where it is, and what would help. */
export const why = async (session: Session, words: Said): Promise<void> => {
	for (const named of jobsOf(session, {...words, word: 'why'}) ?? []) {
		const job = await session.engine.show(named.id);
		session.say(
			job === undefined
				? `number ${named.number} is gone: ${named.title}`
				: `number ${named.number}, ${explanation(job, session.engine.getSnapshot().at)}`,
		);
	}
};

const logLines = 10;

/** The last lines of a job's log. */
export const log = async (session: Session, words: Said): Promise<void> => {
	const [named] = jobsOf(session, {...words, word: 'log'}) ?? [];
	if (named === undefined) return;
	const {lines} = await session.engine.readLog(named.id, {tail: logLines});
	session.enumerate(
		lines.length === 0 ? `number ${named.number} has no log` : `the last lines of number ${named.number}`,
		lines.map(line => said(line)),
	);
};

/** What `status` says, and the start. */
export const sayStatus = (session: Session): void => {
	const [first = '', ...others] = summary(session.engine.getSnapshot());
	session.enumerate(first, others);
};

/** The queue in figures. */
export const statistics = async (session: Session): Promise<void> => {
	const {counts, successRate, sizes, batches, topErrors, pipeline} = await session.engine.statistics();
	session.enumerate(`${count(counts.completed)} completed, ${count(counts.failed)} failed`, [
		...(successRate === undefined ? [] : [`${share(successRate, 1)} of what ended was completed`]),
		...(sizes === undefined ? [] : [`${size(sizes.sum)} in all, ${size(sizes.average)} on average`]),
		...batches
			.slice(0, 5)
			.map(
				({title, counts: inBatch, bytes}) =>
					`batch ${said(title)}, ${count(inBatch.completed)} completed, ${size(bytes)}`,
			),
		...topErrors.slice(0, 5).map(error => `${count(error.count)} times: ${said(error.message)}`),
		...(pipeline === undefined ? [] : pipelineWords(pipeline)),
	]);
};

const pipelineWords = (pipeline: PipelineStatistics): readonly string[] => [
	`the pipeline has ${count(rowsIn(pipeline))} rows: ${stagesOf(pipeline)
		.map(([stage, rows]) => `${count(rows)} ${said(stage)}`)
		.join(', ')}`,
	...pipelineFacts(pipeline).map(([name, words]) => `${name.toLowerCase()} of the pipeline: ${words}`),
	...pipeline.series
		.slice(0, 5)
		.map(
			({title, episodes, downloaded, failed}) =>
				`series ${said(title)}, ${count(downloaded)} of ${count(episodes)} downloaded, ${count(failed)} failed`,
		),
	...pipeline.topErrors.map(error => `${count(error.count)} rows of the pipeline: ${said(error.message)}`),
];

/** Tools, folders and space: what is wrong first. */
export const findings = async (session: Session): Promise<void> => {
	const found = await session.engine.findings();
	const wrong = found.filter(one => !one.ok);
	session.enumerate(
		wrong.length === 0
			? `all is well: ${count(found.length)} things were looked at`
			: `${count(wrong.length)} of ${count(found.length)} need a look`,
		wrong.map(({name, detail, fix}) => `${said(name)}: ${said(detail)}${fix === undefined ? '' : `. ${said(fix)}`}`),
	);
};
