import type {JobId} from '../domain/job.ts';
import type {BadSource, CommandResult, Engine} from '../engine/ports.ts';
import {plain} from './format.ts';
import {CommandError, exitCodes, noSuchJob, usageError, type CommandContext, type ExitCode} from './verb.ts';

/** Prints one JSON document. */
export const printJson = ({io}: CommandContext, value: unknown): void => {
	io.out(`${JSON.stringify(value)}\n`);
};

export type Done = Extract<CommandResult, {ok: true}>;

const codeOf = {
	'bad-request': exitCodes.usage,
	'no-such-job': exitCodes.noSuchJob,
	refused: exitCodes.refused,
	'no-scheduler': exitCodes.noScheduler,
	'store-failed': exitCodes.someFailed,
} as const;

/** The result of a command that was carried out; what was refused as a whole becomes a CommandError. */
export const expectDone = (result: CommandResult): Done => {
	if (result.ok) return result;
	throw new CommandError(codeOf[result.code], plain(result.message));
};

/** What was changed and what was not, with an exit code that tells the difference. */
export const reportChange = (context: CommandContext, result: Done, what: string): ExitCode => {
	const {changed, refused} = result;
	if (context.globals.isJson) printJson(context, {changed, refused});
	else {
		context.io.out(`${changed.length === 1 ? '1 job' : `${changed.length} jobs`} ${what}\n`);
		for (const {id, reason} of refused.slice(0, mostReasons)) context.io.err(`job ${id}: ${reason}\n`);
		if (refused.length > mostReasons) context.io.err(`… and ${refused.length - mostReasons} more\n`);
	}

	return refused.length > 0 && changed.length === 0 ? exitCodes.refused : exitCodes.done;
};

const mostReasons = 20;

/** Makes sure that every job exists before anything is changed. */
export const requireJobs = async (engine: Engine, ids: readonly JobId[]): Promise<void> => {
	for (const id of ids) if ((await engine.show(id)) === undefined) throw noSuchJob(id);
};

/** Where sources came from, for errors: what a person would look for. */
export type PlaceOf = (index: number) => string;

const mostBad = 100;

export const badSourcesError = (bad: readonly BadSource[], placeOf: PlaceOf): CommandError =>
	usageError(
		[
			...badSourceLines(bad, placeOf),
			'nothing was added; correct the sources, or leave the bad ones out with --skip-bad',
		].join('\n'),
	);

export const badSourceLines = (bad: readonly BadSource[], placeOf: PlaceOf): readonly string[] => [
	...bad.slice(0, mostBad).map(({index, source, problem}) => `${placeOf(index)}: ${plain(source)}: ${problem}`),
	...(bad.length > mostBad ? [`… and ${bad.length - mostBad} more`] : []),
];
