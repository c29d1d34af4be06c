import * as fc from 'fast-check';
import {test} from 'vitest';
import {anyAction} from '../support/engine-actions.ts';
import {live} from '../support/engine-model.ts';
import {createMemoryStore} from '../support/memory-store.ts';

/*
 * A queue under everything that can happen to it at once, beside a model that knows only what was answered. Each of these
 * changes to the engine kills it (tried one by one, 300 runs): one worker more than asked for; survivors of a crash not
 * ended; one lost job not recovered; a pause not carried out; room not watched while nothing runs; attempts not counted;
 * slots not reserved before the claim; half-done placings forgotten; no timer for retries; no wake-up after an end; a closed
 * gate never looked at again; outcomes that need no token; a slot that is never given back.
 */

const numRuns = Number(process.env['TIDEGATE_RUNS'] ?? 500);

test(
	'no job is lost, run twice or started beyond the workers, whatever happens, and in the end each one ends',
	() =>
		fc.assert(
			fc.asyncProperty(fc.array(anyAction, {minLength: 60, maxLength: 60}), actions =>
				live(actions, createMemoryStore()),
			),
			{numRuns},
		),
	600_000,
);
