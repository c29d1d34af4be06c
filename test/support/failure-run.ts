import {readFileSync} from 'node:fs';
import {failureClass, failureFromHttpStatus, failureFromText, type FailureCode} from '../../source/domain/failure.ts';
import {failed, script} from './scripted-provider.ts';
import {createTestEngine, minutes} from './test-engine.ts';

/** What a tool has really printed, classified by hand; `from` says where it was seen. */
export type Message = {
	readonly provider: string;
	readonly from: string;
	readonly code: FailureCode;
	readonly text: string;
};

export const readMessages = (): readonly Message[] =>
	JSON.parse(readFileSync(new URL('../fixtures/failures.json', import.meta.url), 'utf8')) as readonly Message[];

/** What tidegate understands by a message. */
export const codeOf = ({provider, text}: Message): FailureCode =>
	(provider === 'http-status' ? failureFromHttpStatus(Number(text)) : failureFromText(text)) ?? 'tool-failed';

export type CorpusFindings = {
	readonly messages: number;
	readonly byProvider: Readonly<Record<string, number>>;
	readonly rightClass: number;
	readonly wrong: {
		/** Those that no retry can help, by the hand that classified them, and that were tried again all the same. */
		readonly permanentTriedAgain: readonly string[];
		readonly transientNotTriedAgain: readonly string[];
		readonly environmentSpentAnAttempt: readonly string[];
	};
};

const mostAttempts = 3;

/** By the hand that classified the messages: a ban, and a server that asks everybody for a pause. */
const lastsForAll: ReadonlySet<FailureCode> = new Set(['rate-limited', 'blocked']);

/** What is waited out is tried each time that it may be over: with pauses that double up to half an hour, so often at least. */
const leastRunsInAnHour = 5;

/** Lets each message be the end of each attempt at a job of its own, with the whole engine, and counts what follows. */
export const runCorpus = async (): Promise<CorpusFindings> => {
	const messages = readMessages();
	const wrong = {
		permanentTriedAgain: [] as string[],
		transientNotTriedAgain: [] as string[],
		environmentSpentAnAttempt: [] as string[],
	};
	const byProvider: Record<string, number> = {};
	let rightClass = 0;
	for (const [index, message] of messages.entries()) {
		byProvider[message.provider] = (byProvider[message.provider] ?? 0) + 1;
		const isOf = failureClass(message.code);
		if (failureClass(codeOf(message)) === isOf) rightClass++;
		// A world of its own for each: what closes a lane or a gate must not hold the others.
		const world = await createTestEngine({settings: {maxAttempts: mostAttempts}});
		world.provider.script(`scripted:${index}`, script(failed(codeOf(message))));
		const [id] = await world.add(String(index));
		if (id === undefined) throw new Error(`message ${index} was not added`);
		for (let minute = 0; minute < 60 && (await world.status(id)) !== 'failed'; minute++)
			await world.clock.advance(minutes(1));
		const {attempts, status} = await world.job(id);
		const runs = world.provider.runs.length;
		const words = `${message.provider}: ${message.code}: ${runs} runs, ${attempts} attempts, ${status}: ${message.text.slice(0, 100)}`;
		const isTriedOn = status === 'queued' && runs >= leastRunsInAnHour;
		if (isOf === 'permanent' || isOf === 'person') {
			if (runs !== 1 || status !== 'failed') wrong.permanentTriedAgain.push(words);
		} else if (isOf === 'environment') {
			if (attempts > 0 || !isTriedOn) wrong.environmentSpentAnAttempt.push(words);
		} else if (lastsForAll.has(message.code)) {
			// The first one closes the lane; that it lasts is no fault of those that try whether it does.
			if (attempts !== 1 || !isTriedOn) wrong.transientNotTriedAgain.push(words);
		} else if (runs !== mostAttempts || attempts !== mostAttempts || status !== 'failed') {
			wrong.transientNotTriedAgain.push(words);
		}

		await world.engine.close();
	}

	return {messages: messages.length, byProvider, rightClass, wrong};
};
