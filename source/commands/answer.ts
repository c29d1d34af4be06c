import type {JobId, JobView} from '../domain/job.ts';
import type {BadSource, CommandResult, Engine, Refusal} from '../engine/ports.ts';
import {plain} from './format.ts';
import {CommandError, exitCodes, usageError, type CommandContext, type ExitCode} from './verb.ts';

/**
 * A value as one line of JSON that a terminal may be shown: JSON itself escapes only the controls below U+0020, and a
 * terminal also obeys C1 codes and marks that turn the direction of writing. It reads back as the same value.
 */
export const jsonLine = (value: unknown): string =>
	JSON.stringify(value).replaceAll(notForTerminals, character =>
		character
			.split('')
			.map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
			.join(''),
	);

const notForTerminals = /[\u007F-\u009F\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

/** Prints one JSON document. */
export const printJson = ({io}: CommandContext, value: unknown): void => {
	io.out(`${jsonLine(value)}\n`);
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

/**
 * Prints rows as JSON, one a line. Waits for a slow reader, so that a million of them never stand in memory, and ends
 * when the reader has left.
 */
export const printLines = async <Row>(
	{io}: CommandContext,
	pages: AsyncIterable<readonly Row[]>,
	toJson: (row: Row) => Promise<unknown>,
): Promise<void> => {
	for await (const rows of pages) {
		let text = '';
		for (const row of rows) text += `${jsonLine(await toJson(row))}\n`;
		io.out(text);
		if (!(await io.isHeard())) return;
	}
};

/**
 * What was changed and what was not. The exit code is 0 only where everything was changed that was asked for by its id:
 * 3 where an id is no job, else 4.
 */
export const reportChange = async (
	context: CommandContext,
	engine: Engine,
	result: Pick<Done, 'changed' | 'refused'>,
	what: string,
): Promise<ExitCode> => {
	const {changed, refused} = result;
	if (context.globals.isJson) printJson(context, {changed, refused});
	else {
		context.io.out(`${changed.length === 1 ? '1 job' : `${changed.length} jobs`} ${what}\n`);
		for (const {id, reason} of refused.slice(0, mostReasons)) context.io.err(`job ${id}: ${reason}\n`);
		if (refused.length > mostReasons) context.io.err(`… and ${refused.length - mostReasons} more\n`);
	}

	for (const {id} of refused) if ((await engine.show(id)) === undefined) return exitCodes.noSuchJob;
	return refused.length > 0 ? exitCodes.refused : exitCodes.done;
};

const mostReasons = 20;

/** What a change of these jobs would do, by a rule that says why not. */
export const foresee = async (
	engine: Engine,
	ids: readonly JobId[],
	whyNot: (job: JobView) => string | undefined,
): Promise<Pick<Done, 'changed' | 'refused'>> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	for (const id of new Set(ids)) {
		const job = await engine.show(id);
		const reason = job === undefined ? 'there is no such job' : whyNot(job);
		if (reason === undefined) changed.push(id);
		else refused.push({id, reason});
	}

	return {changed, refused};
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
	...bad
		.slice(0, mostBad)
		.map(({index, source, problem}) => [placeOf(index), plain(source), problem].filter(part => part !== '').join(': ')),
	...(bad.length > mostBad ? [`… and ${bad.length - mostBad} more`] : []),
];
