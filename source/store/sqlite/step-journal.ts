import {setImmediate as nextTurn} from 'node:timers/promises';
import type {StepJournal} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import * as kept from './steps.ts';
import {redoStep, undoStep} from './undo.ts';
import type {Writer} from './writer.ts';

/** Rows of an expired step that are forgotten in one transaction. */
const droppedAtOnce = 5000;

type Read = <Result>(work: () => Result | Promise<Result>) => Promise<Result>;

/** The journal of what can be undone, in the database of the queue. */
export const stepJournal = (reader: Connection, transact: Writer['transact'], read: Read): StepJournal => ({
	begin: async (kind, detail, at, until) =>
		transact('beginning a step', writer => kept.beginStep(writer, kind, detail, at, until)),
	list: async () => read(() => kept.steps(reader)),
	undo: async (step, at, until) => transact('undoing a step', async writer => undoStep(writer, step, at, until)),
	redo: async (step, at, until) => transact('redoing a step', async writer => redoStep(writer, step, at, until)),
	jobs: async (step, limit, after = 0 as never) => read(() => kept.stepJobs(reader, step, limit, after)),
	of: async job => read(() => kept.stepOf(reader, job)),
	noteBytes: async (step, job, bytes) => {
		await transact('noting bytes that are set aside', writer => kept.noteBytes(writer, step, job, bytes));
	},
	forgetBytes: async (step, jobs) => {
		await transact('forgetting bytes that were set aside', writer => kept.forgetBytes(writer, step, jobs));
	},
	expire: async step => {
		await transact('ending a step', writer => kept.expireStep(writer, step));
	},
	drop: async step => {
		// What comes meanwhile gets its turn between two transactions.
		while (!(await transact('forgetting a step', writer => kept.dropRows(writer, step, droppedAtOnce), 'lasting')))
			await nextTurn();
	},
});
