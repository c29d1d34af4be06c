import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, posix, resolve, sep} from 'node:path';
import {eventLine} from '../../source/commands/events.ts';
import {readExported} from '../../source/commands/exported.ts';
import {detailJson, exportJson, jobJson} from '../../source/commands/json.ts';
import {jobTable} from '../../source/commands/list.ts';
import {parseTemplate, pathFor} from '../../source/domain/organise.ts';
import type {JobId, JobView} from '../../source/domain/job.ts';
import {cleanText} from '../../source/domain/text.ts';
import {admit} from '../../source/engine/admit.ts';
import {createFinisher} from '../../source/finish/finisher.ts';
import {fillArguments, valuesFor} from '../../source/providers/command/arguments.ts';
import {readLine, type Patterns} from '../../source/providers/command/parse.ts';
import {toolFailure} from '../../source/providers/supervision/tool-failure.ts';
import {createJobLog} from '../../source/system/job-log.ts';
import {createLineSplitter} from '../../source/system/lines.ts';
import {cellWidth, fit} from '../../source/tui/format.ts';
import {styleOf} from '../../source/tui/theme.ts';
import {rowMaker} from '../../source/tui/view/job-rows.ts';
import {detailLines} from '../../source/tui/view/pages/details.ts';
import {selectionText, statusLine} from '../../source/tui/view/chrome.ts';
import {lineText, type Line} from '../../source/tui/view/spans.ts';
import {systemClock} from '../../source/system/clock.ts';
import {forbiddenIn} from './hostile-text.ts';
import {scriptedJob, scriptedNow, scriptedSnapshot} from './scripted-engine.ts';

/** A way that texts go, with what is wrong with the outcome, undefined where nothing is. */
export type TextStage = {
	readonly name: string;
	/** Of the texts, one in so many goes this way. */
	readonly every: number;
	readonly check: (text: string, index: number) => string | undefined;
};

const style = styleOf('terminal', false);
const width = 80;

const wrongLine = (text: string, cells: number): string | undefined => {
	const forbidden = forbiddenIn(text);
	if (forbidden !== undefined) return forbidden;
	return cellWidth(text) === cells ? undefined : `${cellWidth(text)} cells wide, not ${cells}`;
};

const wrongLines = (lines: readonly Line[], cells: number): string | undefined => {
	for (const line of lines) {
		const wrong = wrongLine(lineText(line), cells);
		if (wrong !== undefined) return wrong;
	}

	return undefined;
};

/** A job into which the text has come in every place that comes from outside. */
const hostileJob = (text: string, index: number): JobView =>
	scriptedJob(index + 1, {
		title: text,
		source: `https://example.org/${text}`,
		outputPath: `/storage/${text}`,
		provider: 'http',
		lane: `http:${text}`,
		error: {code: 'tool-failed', class: 'transient', message: text},
		hold: {reason: 'lane-cooling', lane: `http:${text}`, until: scriptedNow + 1000, detail: text},
		options: {language: text, fields: {artist: text}},
	});

const panes = (['queued', 'failed', 'done'] as const).map(pane => ({
	pane,
	row: rowMaker(pane, width, scriptedNow, style),
}));

const checkScreen = (text: string, index: number): string | undefined => {
	const job = hostileJob(text, index);
	for (const {pane, row} of panes) {
		const wrong =
			wrongLines([row(job)], width) ??
			wrongLines([statusLine(undefined, selectionText(pane, job, scriptedNow, '·'), width, style)], width);
		if (wrong !== undefined) return `${pane}: ${wrong}`;
	}

	return wrongLines([statusLine({kind: 'error', text, at: 0} as never, '', width, style)], width);
};

const checkDetails = (text: string, index: number): string | undefined => {
	const detail = {...hostileJob(text, index), history: [], batchTitle: text, directory: `/storage/${text}`};
	const watched = {
		id: detail.id,
		detail,
		log: [text, text],
		isLoading: false,
		problem: text.length % 7 === 0 ? text : undefined,
	};
	return wrongLines(detailLines(watched as never, scriptedSnapshot, width, style), width);
};

const checkEvents = (text: string, index: number): string | undefined => {
	const job = hostileJob(text, index);
	for (const to of ['failed', 'completed', 'queued', 'cancelled'] as const) {
		const {text: line} = eventLine({
			type: 'job',
			at: scriptedNow,
			job,
			from: 'downloading',
			to,
			...(job.error === undefined ? {} : {error: job.error}),
		});
		const forbidden = forbiddenIn(line);
		if (forbidden !== undefined) return `${to}: ${forbidden}`;
	}

	return forbiddenIn(eventLine({type: 'notice', at: scriptedNow, text}).text);
};

const checkTable = (text: string, index: number): string | undefined => {
	const lines = jobTable([hostileJob(text, index), hostileJob(text, index + 1)], 100).split('\n');
	if (lines.length !== 3) return `${lines.length} lines for 2 jobs and a heading`;
	return lines.map(line => forbiddenIn(line)).find(wrong => wrong !== undefined);
};

const checkJson = (text: string, index: number): string | undefined => {
	const job = hostileJob(cleanText(text) || 'x', index);
	const raw = hostileJob(text, index);
	for (const record of [
		jobJson(raw, text),
		detailJson({...raw, history: [], batchTitle: text, directory: text}),
		exportJson(raw, text),
	]) {
		const line = JSON.stringify(record);
		if (/[\n\r]/.test(line)) return 'a record on two lines';
		// Escapes as JSON writes them are no escapes; a raw one would be.
		// oxlint-disable-next-line no-control-regex
		if (/[\u0000-\u001F]/.test(line)) return 'a raw control character in JSON';
		const back = JSON.parse(line) as {readonly status?: unknown; readonly title?: unknown};
		if (back.status !== 'queued' || typeof back.title !== 'string') return 'a record that was changed by its text';
	}

	const {rows} = readExported(`${JSON.stringify(exportJson(job, 'b', true))}\n`, 'file');
	if (rows.length !== 1) return `${rows.length} rows from one`;
	return rows[0]?.request.title === job.title ? undefined : 'another title after export and import';
};

const templates = ['{batch}/{name}.{ext}', '{title}', '{artist}/{episode:03} {title}.{ext}', 'a/{language}/{name}'].map(
	text => {
		const parsed = parseTemplate(text);
		if ('problem' in parsed) throw new Error(parsed.problem);
		return parsed.template;
	},
);

const root = resolve('/storage/root');

const checkPath = (text: string, index: number): string | undefined => {
	const template = templates[index % templates.length];
	if (template === undefined) return undefined;
	const path = pathFor(template, {
		title: text,
		batch: text,
		name: text,
		ext: 'mkv',
		artist: text,
		language: text,
		episode: index,
	});
	const forbidden = forbiddenIn(path);
	if (forbidden !== undefined) return forbidden;
	const whole = resolve(root, path);
	if (!whole.startsWith(root + sep) || path.startsWith('/')) return 'outside of the root';
	for (const component of path.split('/')) {
		if (component === '' || component === '.' || component === '..') return `the component "${component}"`;
		if (Buffer.byteLength(component) > 255) return 'a component that is too long';
		if (component.startsWith('-')) return 'a component that looks like an option';
	}

	return posix.normalize(path) === path ? undefined : 'a path that is not what it says';
};

const patterns: Patterns = {
	progress: /^(?<percent>\d+)%$/u,
	success: /^SAVED$/u,
	complete: undefined,
	artefact: undefined,
	failures: [],
};

const checkTool = (text: string): string | undefined => {
	const meaning = readLine(text, patterns);
	const failure = toolFailure('tool', 'tool-failed', text, text);
	const forbidden = forbiddenIn(failure.message) ?? forbiddenIn(failure.detail ?? '');
	if (forbidden !== undefined) return forbidden;
	return meaning.isSuccess && !text.includes('SAVED') ? 'a success that nobody told' : undefined;
};

const argumentTemplate = ['--title={title}', '--', '{source}', '{title}'];
const openTemplate = ['-q', '{title}', '--lang', '{language}'];

const checkArguments = (text: string): string | undefined => {
	const title = text;
	const job = {title, source: text, options: {language: text}};
	const values = valuesFor(job, {directory: '/d', sourceFile: '/d/source', rateLimit: undefined});
	const filled = fillArguments(argumentTemplate, values);
	if (filled.ok) {
		if (filled.args.length > argumentTemplate.length) return 'more arguments than there are places';
		if (filled.args.some(argument => argument.includes('\0'))) return 'a NUL in an argument';
		const end = filled.args.indexOf('--');
		if (filled.args.slice(0, end).some(argument => argument.startsWith('-') && !argument.startsWith('--title=')))
			return 'an option that nobody wrote';
	}

	const open = fillArguments(openTemplate, values);
	return open.ok && open.args.some(argument => argument.startsWith('-') && argument !== '-q' && argument !== '--lang')
		? 'a value that became an option'
		: undefined;
};

const providers = [
	{
		id: 'any',
		abilities: {resume: true, liveRateLimit: false, needsSearch: false},
		accepts: () => true,
		laneOf: () => 'any',
		canonical: (source: string) => source,
		check: () => Promise.reject(new Error('never asked')),
		run: () => Promise.reject(new Error('never run')),
	},
];

const checkAdmission = (text: string): string | undefined => {
	const {jobs, bad} = admit([{source: text, title: text}], providers, 3);
	for (const job of jobs) {
		const forbidden = forbiddenIn(job.title) ?? forbiddenIn(job.source);
		if (forbidden !== undefined) return `taken in with ${forbidden}`;
		if (job.title.length > 500) return 'a title that is too long';
	}

	return bad.map(({source}) => forbiddenIn(source)).find(wrong => wrong !== undefined);
};

/** All ways that need nothing but a function call. */
export const textStages: readonly TextStage[] = [
	{name: 'cleaned', every: 1, check: text => forbiddenIn(cleanText(text))},
	{
		name: 'fitted to a cell',
		every: 1,
		check: (text, index) => wrongLine(fit(text, 1 + (index % width)), 1 + (index % width)),
	},
	{name: 'rows of the screen', every: 10, check: checkScreen},
	{name: 'details of a job', every: 40, check: checkDetails},
	{name: 'events of `run`', every: 4, check: checkEvents},
	{name: 'tables of `list`', every: 20, check: checkTable},
	{name: 'JSON, export and import', every: 10, check: checkJson},
	{name: 'paths of files', every: 1, check: checkPath},
	{name: 'lines of a tool', every: 2, check: checkTool},
	{name: 'arguments of a tool', every: 4, check: checkArguments},
	{name: 'additions', every: 2, check: checkAdmission},
];

/** Writes texts to job logs and reads them back: as many lines as were written, each with a time of ours before it. */
export const checkLog = async (texts: readonly string[]): Promise<readonly string[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-text-log-'));
	try {
		const wrong: string[] = [];
		const log = createJobLog({directory, clock: systemClock, maxBytes: 64 * 1024 * 1024});
		for (let start = 0; start < texts.length; start += 500) {
			const id = (start + 1) as JobId;
			const part = texts.slice(start, start + 500);
			for (const text of part) log.write(id, text);
			await log.flush();
			const {lines} = await log.read(id, {from: 0, limit: 1000});
			if (lines.length !== part.length) wrong.push(`${lines.length} lines in the log, not ${part.length}`);
			for (const line of lines) {
				const forbidden = forbiddenIn(line);
				if (forbidden !== undefined) wrong.push(`log: ${forbidden}`);
				if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line)) wrong.push('a line without its time');
			}

			const bytes = await readFile(join(directory, `${id}.log`));
			if (bytes.filter(byte => byte === 10).length !== part.length) wrong.push('line ends that nobody wrote');
			await log.remove(id);
		}

		await log.close();
		return wrong;
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
};

/** Places real files under hostile names; whatever comes of it lies below the root. */
export const checkPlacing = async (texts: readonly string[]): Promise<readonly string[]> => {
	const outer = await mkdtemp(join(tmpdir(), 'tidegate-text-place-'));
	const storage = join(outer, 'storage');
	try {
		const wrong: string[] = [];
		await mkdir(storage);
		const finisher = createFinisher({storage, queue: 'q', template: '{batch}/{title} {name}.{ext}'});
		for (const [index, text] of texts.entries()) {
			const job = {...hostileJob(text, index), id: (index + 1) as JobId, outputPath: undefined};
			const prepared = await finisher.prepare(job.id);
			if (!prepared.ok) {
				wrong.push(prepared.failure.message);
				continue;
			}

			await writeFile(join(prepared.directory, 'file'), 'content');
			const signal = new AbortController().signal;
			const verdict = await finisher.verify(job, {type: 'fetched', path: 'file', name: `${text}.bin`}, signal);
			if (!verdict.ok) {
				wrong.push(verdict.failure.message);
				continue;
			}

			const target = await finisher.target(job, text, `${text}.bin`);
			const placed = await finisher.place(job, {
				artefact: 'file',
				target,
				size: verdict.size,
				identity: verdict.identity,
			});
			if (!placed.ok) wrong.push(placed.failure.message);
			else if (!placed.path.startsWith(storage + sep)) wrong.push(`outside of the root: ${placed.path}`);
			else if (forbiddenIn(placed.path.slice(storage.length)) !== undefined)
				wrong.push(`a control character in ${JSON.stringify(placed.path)}`);
			await finisher.clear(job.id);
		}

		const strangers = (await readdir(outer)).filter(name => name !== 'storage');
		return [...wrong, ...strangers.map(name => `beside the root: ${name}`)];
	} finally {
		await rm(outer, {recursive: true, force: true});
	}
};

/** The bytes of many texts as a tool prints them, split into lines: as many as the line ends say, however they are cut. */
export const linesOf = (bytes: Uint8Array): readonly string[] => {
	const lines: string[] = [];
	const splitter = createLineSplitter(line => lines.push(line));
	splitter.push(bytes);
	splitter.end();
	return lines;
};
