import {setImmediate as nextTurn} from 'node:timers/promises';
import {createRepeatMarker, keyOfText, type SourcePreview} from '../domain/preview.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import {toJob, type Found} from './admit.ts';
import type {Core} from './core.ts';
import type {AddRequest, Holder, NewJob, ToolReport} from './ports.ts';

/** Requests that are looked at before what runs gets a turn: a few milliseconds' worth. */
const chunkSize = 250;

/** The longest source that is told; lists show less. */
const longestShown = 2000;

/** What each source would become, in the order of the requests. Nothing is written, and no server is asked. */
export const previewSources = async (
	core: Core,
	requests: readonly AddRequest[],
): Promise<readonly SourcePreview[]> => {
	const previews: SourcePreview[] = [];
	const repeats = createRepeatMarker();
	for (let from = 0; from < requests.length; from += chunkSize) {
		if (from > 0) await nextTurn();
		const chunk = requests.slice(from, from + chunkSize);
		previews.push(...repeats.mark(await previewChunk(core, chunk)));
	}

	return previews;
};

const previewChunk = async (core: Core, requests: readonly AddRequest[]): Promise<readonly SourcePreview[]> => {
	const found = requests.map(request => toJob(request, core.providers, core.settings.maxAttempts));
	const jobs = found.flatMap(one => ('job' in one ? [one.job] : []));
	const holders = (await core.store.holders(jobs)).values();
	const reports = await core.toolChecks.reports(providersOf(core, jobs));
	return found.map((one, index) =>
		'job' in one
			? previewOf(one.job, holders.next().value, reports.get(one.job.provider))
			: badOf(requests[index]?.source ?? '', one),
	);
};

const providersOf = (core: Core, jobs: readonly NewJob[]) =>
	[...new Set(jobs.map(({provider}) => provider))].flatMap(id => core.providerOf(id) ?? []);

const badOf = (source: string, {problem}: Extract<Found, {problem: string}>): SourcePreview => ({
	type: 'bad',
	source: shownSource(source),
	problem,
});

const previewOf = (job: NewJob, holder: Holder | undefined, report: ToolReport | undefined): SourcePreview => {
	const known = {
		source: shownSource(job.source),
		title: job.title,
		provider: job.provider,
		lane: job.lane,
		isToolThere: report?.ok,
		toolProblem: report === undefined || report.ok ? undefined : problemOf(report),
		key: keyOfText(job.identity),
		destination: job.destination,
	};
	return holder === undefined ? {type: 'new', ...known} : {type: 'duplicate', ...known, ...holder};
};

const shownSource = (source: string): string => shorten(maskSecrets(cleanText(source)), longestShown);

const problemOf = ({name, problem, fix}: ToolReport): string =>
	[problem ?? `${name} is missing`, fix].filter(part => part !== undefined).join('; ');
