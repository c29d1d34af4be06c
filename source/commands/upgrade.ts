import type {JobId, JobView} from '../domain/job.ts';
import {isGoodEnough, type QualityProfile} from '../domain/quality.ts';
import {parseTemplate, splitName} from '../domain/organise.ts';
import type {Engine, Refusal} from '../engine/ports.ts';
import {whyNot} from '../engine/upgrade.ts';
import {expectDone, reportChange} from './answer.ts';
import {isSet, parsePriority, textOf} from './arguments.ts';
import {pagesOf} from './pages.ts';
import {selectionOf, selectionOptions} from './selection.ts';
import {exitCodes, usageError, type CommandContext, type ExitCode, type Options, type Verb} from './verb.ts';

export const upgrade: Verb = {
	name: 'upgrade',
	summary: 'Fetch completed jobs once more in a better quality, beside the files that are there',
	arguments: [['[id...]', 'job ids']],
	options: [
		['--quality <name>', 'a word of the provider, or a profile such as lossless'],
		...selectionOptions,
		['--priority <n>', '0 (last) to 9 (first); default: that of the first job'],
		['--paused', 'do not start before it is resumed'],
		['--output <template>', 'where the files go below the storage folder; default: where the first ones go'],
	],
	help: `Good enough now, better later: what is there stays where it is. The second file
gets a number behind its name, or with {quality} in --output a name of its own.
A job whose file is good enough for the profile is left out, as far as its name,
its size and its duration tell, and so is one that has been upgraded so before.

  tidegate album deezer:302127 --quality high
  tidegate upgrade --batch Discovery --quality lossless`,
	run: async (context, args, options) => {
		const quality = textOf(options, 'quality')?.trim() ?? '';
		if (quality === '') throw usageError('say which quality with --quality, such as lossless');
		const output = textOf(options, 'output');
		const parsed = output === undefined ? undefined : parseTemplate(output);
		if (parsed !== undefined && 'problem' in parsed) throw usageError(`--output: ${parsed.problem}`);
		const priority = textOf(options, 'priority');
		const {profilesOf} = await import('../config/quality.ts');
		const profile = profilesOf((await context.setup()).config).find(quality);
		return context.withEngine(async engine => {
			const {ids, refused, kept} = await chosen(engine, args, options, {quality, profile});
			if (kept > 0) context.io.err(`${kept === 1 ? '1 file is' : `${kept} files are`} good enough already\n`);
			if (context.globals.isDryRun) {
				return reportChange(context, engine, {changed: ids, refused}, 'would be fetched once more');
			}

			const done = expectDone(
				await engine.send({
					type: 'upgrade',
					ids,
					quality,
					...(output === undefined ? {} : {output}),
					...(priority === undefined ? {} : {priority: parsePriority(priority)}),
					...(isSet(options, 'paused') ? {isPaused: true} : {}),
				}),
			);
			return report(context, engine, {...done, refused: [...refused, ...done.refused]});
		});
	},
};

const report = async (
	context: CommandContext,
	engine: Engine,
	done: ReturnType<typeof expectDone>,
): Promise<ExitCode> => {
	const known = done.duplicates?.length ?? 0;
	if (known > 0) context.io.err(`${known} already in the queue in that quality\n`);
	if (!context.globals.isJson && done.changed.length > 0) context.io.out(`${done.changed.join('\n')}\n`);
	if (context.globals.isJson) return reportChange(context, engine, done, '');
	for (const {id, reason} of done.refused.slice(0, 20)) context.io.err(`job ${id}: ${reason}\n`);
	context.io.err(`${done.changed.length === 1 ? '1 job' : `${done.changed.length} jobs`} added\n`);
	for (const {id} of done.refused) if ((await engine.show(id)) === undefined) return exitCodes.noSuchJob;
	return done.refused.length > 0 ? exitCodes.refused : exitCodes.done;
};

type Chosen = {readonly ids: readonly JobId[]; readonly refused: readonly Refusal[]; readonly kept: number};

const chosen = async (
	engine: Engine,
	args: readonly string[],
	options: Options,
	{quality, profile}: {readonly quality: string; readonly profile: QualityProfile | undefined},
): Promise<Chosen> => {
	const selection = await selectionOf(engine, args, options);
	const ids: JobId[] = [];
	const refused: Refusal[] = [];
	let kept = 0;
	const take = (job: JobView): void => {
		if (isGood(job, profile)) kept++;
		else ids.push(job.id);
	};
	if ('ids' in selection) {
		for (const id of new Set(selection.ids)) {
			const job = await engine.show(id);
			const reason = job === undefined ? 'there is no such job' : (whyNot(job) ?? whyNotAgain(job, quality));
			if (reason !== undefined) refused.push({id, reason});
			else if (job !== undefined) take(job);
		}
	} else {
		const {statuses = ['completed'], ...filter} = selection.filter;
		if (!statuses.includes('completed')) return {ids, refused, kept};
		for await (const rows of pagesOf(engine, {...filter, statuses: ['completed']})) {
			for (const row of rows) if (whyNotAgain(row, quality) === undefined) take(row);
		}
	}

	return {ids, refused, kept};
};

const whyNotAgain = ({options}: JobView, quality: string): string | undefined =>
	options.quality?.toLowerCase() === quality.toLowerCase() ? `it was asked for in the quality ${quality}` : undefined;

/** Only of music is enough known without opening the file. */
const isGood = ({outputPath, size, options}: JobView, profile: QualityProfile | undefined): boolean => {
	if (profile === undefined || profile.audio.length === 0 || outputPath === undefined) return false;
	const {ext} = splitName(outputPath.slice(outputPath.lastIndexOf('/') + 1));
	const duration = options.track?.duration;
	return isGoodEnough(profile, {
		kind: 'audio',
		extension: ext,
		size,
		duration: duration === undefined ? undefined : duration / 1000,
	});
};
