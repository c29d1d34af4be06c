import type {Job} from '../../domain/job.ts';
import {cleanText} from '../../domain/text.ts';

/** What `{…}` may stand for in a template. */
export const templateFields = [
	'source',
	'source_file',
	'directory',
	'title',
	'episode',
	'language',
	'hoster',
	'quality',
	'rate',
] as const;
export type TemplateField = (typeof templateFields)[number];
export type TemplateValues = Readonly<Record<TemplateField, string | undefined>>;

/** What a job and its attempt put into the fields. */
export const valuesFor = (
	job: Pick<Job, 'source' | 'title' | 'options'>,
	attempt: {readonly directory: string; readonly sourceFile: string; readonly rateLimit: number | undefined},
): TemplateValues => ({
	source: job.source.trim(),
	source_file: attempt.sourceFile,
	directory: attempt.directory,
	title: cleanText(job.title),
	episode: job.options.episode?.toString(),
	language: job.options.language,
	hoster: job.options.hoster,
	quality: job.options.quality,
	rate: attempt.rateLimit === undefined ? undefined : String(Math.max(1, Math.floor(attempt.rateLimit))),
});

export type FilledArguments =
	{readonly ok: true; readonly args: readonly string[]} | {readonly ok: false; readonly problem: string};

/**
 * Fills a template in. A value never becomes more than one argument, nor an option of the tool: an argument that begins with
 * `-` only because of a value is refused, unless `--` stands before it. An argument whose field has no value is left out,
 * together with the option before it where the field is all it holds: `--lang {language}` goes as a whole.
 */
export const fillArguments = (template: readonly string[], values: TemplateValues): FilledArguments => {
	const args: string[] = [];
	for (const element of template) {
		const fields = fieldsIn(element);
		if (fields.some(field => (values[field] ?? '') === '')) {
			if (isOnlyField(element) && isOption(args.at(-1))) args.pop();
			continue;
		}

		const filled = element.replaceAll(anyField, (_, field: TemplateField) => values[field] ?? '');
		if (filled.includes('\0')) return {ok: false, problem: `${element} holds a NUL character`};
		const isForced = filled.startsWith('-') && !element.startsWith('-') && !args.includes('--');
		if (isForced) return {ok: false, problem: `${element} would be read as an option, because it begins with "-"`};
		args.push(filled);
	}

	return {ok: true, args};
};

/** A field that does not exist, such as `{sauce}`, in one sentence; undefined when the template is sound. */
export const templateProblem = (template: readonly string[]): string | undefined => {
	for (const element of template) {
		const unknown = /\{([a-z_]+)\}/.exec(element.replaceAll(anyField, ''))?.[1];
		if (unknown !== undefined) return `{${unknown}} is no field; known are ${templateFields.join(', ')}`;
	}

	return undefined;
};

const anyField = new RegExp(`\\{(${templateFields.join('|')})\\}`, 'g');
const fieldsIn = (element: string): readonly TemplateField[] =>
	Array.from(element.matchAll(anyField), match => match[1] as TemplateField);
const isOnlyField = (element: string): boolean => templateFields.some(field => element === `{${field}}`);
const isOption = (element: string | undefined): boolean => element !== undefined && /^-.*[^-]/.test(element);
