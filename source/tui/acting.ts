import type {JobId} from '../domain/job.ts';
import type {CommandResult, EngineCommand, Refusal, Selection} from '../engine/ports.ts';
import {count, plural} from './format.ts';
import {keyOf} from './key-of.ts';
import {isMarked, noMarks, type Marks} from './marks.ts';
import {jobKey} from './rows.ts';
import type {ScreenModel} from './screen.ts';
import {describe, say, send} from './sending.ts';
import type {Targets} from './targets.ts';
import {topOverlay} from './ui-store.ts';
import {undoHint} from './undo-hint.ts';

/** What a person does to jobs, and what has become of them then. */
export const pastWords = {
	pause: 'paused',
	resume: 'resumed',
	retry: 'queued again',
	cancel: 'cancelled',
	remove: 'removed',
} as const;

export type JobVerb = keyof typeof pastWords;

/** Does something to all that an act is about. What takes something away from more than one job is asked for first. */
export const actOn = (screen: ScreenModel, verb: JobVerb, targets: Targets): void => {
	const [job] = targets.jobs;
	const isOne = targets.number === 1;
	noteActed(screen, targets);
	if (isOne && job !== undefined && !targets.areMarks) {
		const isLosing = verb === 'remove' && job.status === 'paused';
		const command: EngineCommand = {type: verb, selection: {ids: [job.id]}};
		if (isLosing)
			ask(screen, `Remove this paused job, with the bytes it has? ${job.title}`, {
				commands: [command],
				done: 'removed',
			});
		else void send(screen, command, () => `${pastWords[verb]}: ${job.title}`);
		return;
	}

	const commands = targets.selections.map((selection): EngineCommand => ({type: verb, selection}));
	const isAsked = (verb === 'cancel' || verb === 'remove') && !isOne;
	if (!isAsked) {
		void sendAll(screen, commands, pastWords[verb]);
		return;
	}

	const what = verb === 'cancel' ? 'Cancel' : 'Remove';
	ask(screen, `${what} ${targets.name}?`, {commands, done: pastWords[verb], keeps: keepsOf(screen, verb)});
	if (targets.number === undefined) void tellNumber(screen, commands, `${what} ${targets.name}`);
};

/** Sends commands one after the other, and says how many jobs have changed and why others have not. */
export const sendAll = async (screen: ScreenModel, commands: readonly EngineCommand[], done: string): Promise<void> => {
	// As one: what is pressed meanwhile and takes back waits for the last of them.
	const sending = sendEach(screen, commands, done);
	const settled = sending.catch(() => undefined);
	screen.sent.add(settled);
	await sending.finally(() => screen.sent.delete(settled));
};

const sendEach = async (screen: ScreenModel, commands: readonly EngineCommand[], done: string): Promise<void> => {
	const pane = screen.ui.getState().focus;
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	let isStopped = false;
	for (const [index, command] of commands.entries()) {
		// One press is one step: what is taken back is all of it.
		const isPart = index > 0 && 'selection' in command;
		const result: CommandResult | undefined = await send(screen, isPart ? {...command, continues: true} : command);
		// What went wrong has been said.
		if (result === undefined || !result.ok) return;
		changed.push(...result.changed);
		refused.push(...result.refused);
		isStopped = result.isStopped === true;
		if (isStopped) break;
	}

	const [first] = commands;
	const hint = first === undefined ? '' : undoHint(screen.settings, first, {ok: true, changed, refused});
	const told = describe(changed.length, refused, done);
	const text = `${isStopped ? `stopped: ${told}, the rest is as it was` : told}${hint}`;
	say(screen, isStopped || refused.length > 0 || changed.length === 0 ? 'warning' : 'info', text);
	// Who has stopped an act may want to go on with it.
	if (isStopped || done === pastWords.pause || done === pastWords.resume) return;
	// What was done is done; those that were refused can still be seen by their marks.
	const marks: Marks =
		refused.length === 0 || refused.length > mostShown
			? noMarks
			: {kind: 'keys', keys: new Set(refused.map(({id}) => jobKey(id)))};
	screen.ui.dispatch({type: 'mark', pane, marks, range: undefined});
};

const mostShown = 1000;

type Question = {readonly commands: readonly EngineCommand[]; readonly done: string; readonly keeps?: string};

/** Asks whether these commands are meant. */
export const ask = (screen: ScreenModel, question: string, rest: Question): void =>
	screen.ui.dispatch({type: 'open', overlay: {type: 'confirm', question, ...rest}});

// When the row under the cursor leaves because of this, that is no surprise.
const noteActed = (screen: ScreenModel, {jobs, areMarks}: Targets): void => {
	const {focus, panes} = screen.ui.getState();
	const row = screen.selectedRow();
	if (row === undefined) return;
	const isMeant =
		row.kind === 'job' ? jobs.some(job => job.id === row.job.id) : !areMarks || isMarked(panes[focus], row);
	if (isMeant) screen.ui.dispatch({type: 'acted', key: row.key});
};

const keepsOf = (screen: ScreenModel, verb: JobVerb): string => {
	const back = `; ${keyOf(screen.settings, 'undo')} takes it back`;
	if (verb === 'cancel') return `Their place in the list stays, what they have fetched goes${back}.`;
	return screen.ui.getState().focus === 'done'
		? `Finished files stay where they are${back}.`
		: `What they have fetched goes with them${back}.`;
};

/** More than these are not counted before they are asked about. */
const mostCounted = 20_000;

/** Puts the number into the question as soon as it is known. */
const tellNumber = async (screen: ScreenModel, commands: readonly EngineCommand[], what: string): Promise<void> => {
	const selections = commands.flatMap(command => ('selection' in command ? [command.selection] : []));
	let number = 0;
	try {
		for (const selection of selections) number += await countOf(screen, selection, mostCounted - number);
	} catch {
		// The question stands without it.
		return;
	}

	const overlay = topOverlay(screen.ui.getState());
	if (overlay?.type !== 'confirm' || overlay.commands !== commands) return;
	const words = number >= mostCounted ? `${count(mostCounted)} jobs or more` : plural(number, 'job');
	screen.ui.dispatch({type: 'update', overlay: {...overlay, question: `${what} (${words})?`}});
};

const countOf = async (screen: ScreenModel, selection: Selection, most: number): Promise<number> => {
	if ('ids' in selection) return selection.ids.length;
	let number = 0;
	let after: string | undefined;
	do {
		const page = await screen.settings.engine.list({
			...selection.filter,
			limit: 1000,
			...(after === undefined ? {} : {after}),
		});
		number += page.rows.length;
		after = page.next;
	} while (after !== undefined && number < most);

	return Math.max(0, number - (selection.except?.length ?? 0));
};
