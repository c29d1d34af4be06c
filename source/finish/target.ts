import {join} from 'node:path';
import type {Job} from '../domain/job.ts';
import {
	numberedPath,
	parseTemplate,
	pathFor,
	splitName,
	type Template,
	type TemplateFields,
} from '../domain/organise.ts';
import {trackFields} from '../domain/track.ts';
import {errorCode, lstatIfThere, type FileOperations} from '../system/files.ts';

/** Numbers that are tried when a name is taken. */
const mostNumbers = 9999;

/** A path and those to take when it is taken: `a.mkv`, `a (2).mkv`, … up to number 9999. */
export function* numberedPaths(path: string): Generator<string> {
	yield path;
	for (let number = 2; number <= mostNumbers; number++) yield numberedPath(path, number);
}

/** Where the artefact should go, relative to the root: the template filled in, with a number where the name is taken. */
export const chooseTarget = async (
	root: string,
	job: Job,
	batchTitle: string | undefined,
	fileName: string,
	standard: Template,
	files: FileOperations,
): Promise<string> => {
	const template = templateOf(job, standard);
	const wanted = pathFor(template, fieldsOf(job, batchTitle, fileName, template));
	for (const path of numberedPaths(wanted)) if (!(await isTaken(join(root, path), files))) return path;
	return wanted;
};

/** The same as far as it can be told before the file is there; only its folders are to be relied on. */
export const expectedTarget = (job: Job, batchTitle: string | undefined, standard: Template): string => {
	const template = templateOf(job, standard);
	return pathFor(template, fieldsOf(job, batchTitle, job.title, template));
};

/** The job's own template; one that is none any more (it was checked when the job was added) gives way to the standard. */
const templateOf = (job: Job, standard: Template): Template => {
	const own = job.output === undefined ? undefined : parseTemplate(job.output);
	return own !== undefined && 'template' in own ? own.template : standard;
};

const fieldsOf = (job: Job, batchTitle: string | undefined, fileName: string, template: Template): TemplateFields => {
	const {name, ext} = splitName(fileName);
	const usesExtension = template.segments.some(parts =>
		parts.some(part => part.kind === 'field' && part.name === 'ext'),
	);
	const {options} = job;
	return {
		...(options.track === undefined ? {} : trackFields(options.track)),
		...options.fields,
		title: usesExtension ? withoutExtension(job.title, ext) : job.title,
		batch: batchTitle,
		provider: job.provider,
		id: job.id,
		episode: options.episode ?? options.fields?.['episode'],
		language: options.language ?? options.fields?.['language'],
		quality: options.quality ?? options.fields?.['quality'],
		name,
		ext,
	};
};

/** A title that was taken from a file name has its extension already: `{title}.{ext}` must not say it twice. */
const withoutExtension = (title: string, ext: string): string =>
	ext !== '' && title.length > ext.length + 1 && title.toLowerCase().endsWith(`.${ext.toLowerCase()}`)
		? title.slice(0, -ext.length - 1)
		: title;

/** Where nobody can look, nothing is decided: placing says what is wrong there. */
const isTaken = async (path: string, files: FileOperations): Promise<boolean> => {
	try {
		return (await lstatIfThere(path, files)) !== undefined;
	} catch (error) {
		if (errorCode(error) === undefined) throw error;
		return false;
	}
};
