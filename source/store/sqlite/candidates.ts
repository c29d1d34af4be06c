import {cleanCandidates, type Candidate, type CandidateState} from '../../domain/candidate.ts';
import type {AttemptToken, JobId} from '../../domain/job.ts';
import {folded} from './adding.ts';
import type {Connection} from './connection.ts';

/** A row of `candidates`. */
type Row = {
	readonly source: string;
	readonly peer: string;
	readonly file: string;
	readonly size: number;
	readonly score: number;
	readonly reasons: string;
	readonly state: CandidateState['is'];
	readonly failure: string | null;
};

/** What a search has found for a job, best first. */
export const candidatesOf = (connection: Connection, id: JobId): readonly Candidate[] =>
	(connection.prepare('SELECT * FROM candidates WHERE job = ? ORDER BY place').all(id) as Row[]).map(
		({source, peer, file, size, score, reasons, state, failure}) => ({
			source,
			peer,
			file,
			size,
			score,
			reasons: JSON.parse(reasons) as readonly string[],
			state: state === 'failed' ? {is: state, reason: failure ?? ''} : {is: state},
		}),
	);

/** Keeps these in the place of the ones before. */
export const writeCandidates = (connection: Connection, id: JobId, candidates: readonly Candidate[]): void => {
	connection.prepare('DELETE FROM candidates WHERE job = ?').run(id);
	const insert = connection.prepare('INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
	for (const [place, one] of cleanCandidates(candidates).entries()) {
		const {source, peer, file, size, score, reasons, state} = one;
		const failure = state.is === 'failed' ? state.reason : null;
		insert.run(id, place, source, peer, file, size, score, JSON.stringify(reasons), state.is, failure);
	}
};

/** The same for who holds the job; false where that is somebody else by now. */
export const keepCandidates = (
	connection: Connection,
	id: JobId,
	attempt: AttemptToken,
	candidates: readonly Candidate[],
	source: string | undefined,
): boolean => {
	const title = connection.prepare('SELECT title FROM jobs WHERE id = ? AND attempt = ?').pluck().get(id, attempt);
	if (title === undefined) return false;
	writeCandidates(connection, id, candidates);
	if (source !== undefined) {
		connection
			.prepare('UPDATE jobs SET source = ?, folded = ? WHERE id = ?')
			.run(source, folded(String(title), source), id);
	}

	return true;
};
