import type {JobStatus} from '../../domain/job.ts';
import type {SourcePreview} from '../../domain/preview.ts';
import {linesOf, type Draft} from '../adding/draft.ts';
import {isReference} from '../adding/expand.ts';
import type {Checked} from '../adding/check.ts';
import {tallyOf, type CheckedLine, type Tally} from '../adding/verdict.ts';
import {count, plural} from '../format.ts';

/** The title of the panel for adding: what is new, what is there already, and what cannot be added. */
export const addTitle = (draft: Draft, checked: Checked): string => {
	const lines = linesOf(draft).length;
	if (lines === 0) return 'Add';
	const said = checked.problem === undefined ? tallyWords(checked.tally) : 'nobody answers what they are';
	return `Add ${plural(lines, 'line')}: ${said}`;
};

/** `998 new, 1 already queued as job 17, 1 cannot be added: it is no address`. */
export const tallyWords = ({fresh, known, bad, waiting, anyKnown, anyBad, lacking}: Tally): string => {
	const parts = [
		...(fresh > 0 ? [`${count(fresh)} new${lacking === undefined ? '' : ' that will wait'}`] : []),
		...(known === 1 && anyKnown !== undefined ? [`1 ${knownWords(anyKnown)}`] : []),
		...(known > 1 || (known === 1 && anyKnown === undefined) ? [`${count(known)} there already`] : []),
		...(bad === 1 && anyBad !== undefined ? [`1 cannot be added: ${anyBad.problem}`] : []),
		...(bad > 1 ? [`${count(bad)} cannot be added`] : []),
		...(waiting > 0 ? [`${count(waiting)} being looked at`] : []),
	];
	return parts.length === 0 ? 'nothing to add' : parts.join(', ');
};

/** What a line is, and how to mend it where it is nothing. */
export const lineWords = (line: CheckedLine): string => {
	const {previews, problem, isList, requests} = line;
	if (problem !== undefined) return `cannot be added: ${problem}`;
	if (previews === undefined) return isReference(line.line) ? 'being looked up' : 'being looked at';
	const [only] = previews;
	if (previews.length === 1 && only !== undefined && !isList) return previewWords(only);
	const what = isList
		? listWords(line)
		: plural(previews.length, requests[0]?.options?.episode === undefined ? 'source' : 'episode');
	const tally = tallyOf([line]);
	// Places inside of a list are no lines of the panel.
	const anyKnown = isList && tally.anyKnown?.type === 'repeat' ? undefined : tally.anyKnown;
	return `${what}: ${tallyWords({...tally, anyKnown})}`;
};

/** `Daft Punk - Discovery, 14 tracks`, or what else a line stands for. */
const listWords = ({line, requests, batches = [], leftOut = 0}: CheckedLine): string => {
	const lost = leftOut === 0 ? '' : `, ${count(leftOut)} left out`;
	const [first] = batches;
	if (!isReference(line)) return `a list of ${plural(requests.length, 'source')}${lost}`;
	const tracks = plural(requests.length, 'track');
	if (batches.length > 1) return `${plural(batches.length, 'album')}, ${tracks}${lost}`;
	return `${first?.title === undefined ? '' : `${first.title}, `}${tracks}${lost}`;
};

const previewWords = (preview: SourcePreview): string => {
	switch (preview.type) {
		case 'new':
			return preview.toolProblem === undefined
				? `new, by ${preview.provider}`
				: `new, but will wait for ${preview.provider}: ${preview.toolProblem}`;
		case 'duplicate':
		case 'repeat':
			return knownWords(preview);
		case 'bad':
			return `cannot be added: ${preview.problem}`;
	}
};

const statusWords: Partial<Record<JobStatus, string>> = {
	failed: 'failed before',
	cancelled: 'cancelled before',
	waiting: 'already waiting for its source',
};

const knownWords = (preview: SourcePreview): string => {
	if (preview.type === 'duplicate') {
		return preview.because === 'source'
			? `${statusWords[preview.status] ?? `already ${preview.status}`} as job ${preview.id}`
			: `would write the same file as job ${preview.id}`;
	}

	if (preview.type !== 'repeat') return '';
	const line = count(preview.of + 1);
	return preview.because === 'source' ? `the same as line ${line}` : `would write the same file as line ${line}`;
};

/** What is behind the words: the title of what would be fetched, and from where. */
export const lineSubject = ({line, previews, isList}: CheckedLine): string => {
	const [only] = previews ?? [];
	if (isList || previews?.length !== 1 || only === undefined || only.type === 'bad' || only.title === only.source)
		return line;
	return only.source;
};

/** For the message when something was added: how many of what. */
export const addedWords = (added: number, known: number): string =>
	[`added ${plural(added, 'job')}`, ...(known > 0 ? [`${count(known)} known already`] : [])].join(', ');
