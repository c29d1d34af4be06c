import type {Clock} from '../../engine/ports.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {HttpBody} from '../../system/http.ts';
import type {PartFile, SpanWriter} from '../../system/part-file.ts';
import type {Asked} from './ask.ts';
import {diskFailure, lineFailure} from './failures.ts';
import {createThrottle, type Throttle} from './meter.ts';
import {isOther, type Wish} from './request.ts';
import {bytesIn, joinSpans, type Span, type Validator} from './segments.ts';

export type TransferSetup = {
	readonly part: PartFile;
	/** On the disk already. */
	readonly done: readonly Span[];
	/** What this transfer is to fetch, cut into pieces; the first is the one that the first answer begins with. */
	readonly pieces: readonly Span[];
	readonly total: number | undefined;
	readonly validator: Validator;
	/** Connections at once, 1 or more. */
	readonly connections: number;
	/** Whether an answer has proved that the server serves spans. */
	readonly isServingSpans: boolean;
	/** Bytes per second over all connections, or undefined for none, to begin with. */
	readonly rateLimit: number | undefined;
	readonly clock: Pick<Clock, 'now' | 'at'>;
	/** Aborted when the attempt must end. */
	readonly signal: AbortSignal;
	/** Asks for a piece on a connection of its own. */
	readonly ask: (wish: Wish, signal: AbortSignal) => Promise<Asked>;
	/** Bytes on the disk, at most 20 times a second. */
	readonly onProgress: (bytes: number) => void;
	/** How often `checkpoint` is called at least; at the beginning more often, so that a crash costs at most half of the work. */
	readonly checkpointEvery: Duration;
	/** Called with what the operating system has taken; not again before it has resolved. */
	readonly checkpoint: (done: readonly Span[]) => Promise<void>;
};

export type TransferEnd = {
	/** What is on its way to the disk for good: every byte of these spans was taken by the operating system. */
	readonly done: readonly Span[];
} & (
	| {readonly type: 'whole'; readonly total: number}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'}
);

/** A span that one connection is fetching: `at` is where the next byte goes, `end` may move when it takes over the next. */
type Piece = {readonly start: number; at: number; end: number; readonly writer: SpanWriter};

type Line = {readonly body: HttpBody; readonly piece: Piece; readonly answerEnd: number; isWaitingForDisk: boolean};

const reportEvery = 50;
const firstCheckpoint: Duration = 200;
const waitingAtMost = 4 * 1024 * 1024;

/**
 * Moves the bytes of one file from one or several connections into its part file. A connection that fails gives the rest
 * of its piece back and another takes it; the transfer has failed when no connection is left and something is missing.
 */
export class Transfer {
	readonly #setup: TransferSetup;
	readonly #halt = new AbortController();
	readonly #signal: AbortSignal;
	/** Pieces that nobody fetches. A piece that is asked for before spans are proved stays here until its answer is there. */
	#pending: Span[];
	readonly #pieces: Piece[] = [];
	readonly #lines = new Set<Line>();
	#isServingSpans: boolean;
	#total: number | undefined;
	#failure: Failure | undefined;
	readonly #doneBefore: number;
	readonly #throttle: Throttle;
	#reportAt: Instant;
	readonly #startedAt: Instant;
	#checkpointAt: Instant;
	#checkpoint: Promise<void> | undefined;

	constructor(setup: TransferSetup) {
		const now = setup.clock.now();
		this.#setup = setup;
		this.#signal = AbortSignal.any([setup.signal, this.#halt.signal]);
		this.#pending = setup.pieces.slice(1);
		this.#isServingSpans = setup.isServingSpans;
		this.#total = setup.total;
		this.#doneBefore = bytesIn(setup.done);
		this.#throttle = createThrottle(setup.rateLimit, setup.clock, () => {
			for (const line of this.#lines) this.#goOn(line);
		});
		this.#reportAt = now;
		this.#startedAt = now;
		this.#checkpointAt = now + Math.min(firstCheckpoint, setup.checkpointEvery);
	}

	/** Another limit from now on, in bytes per second over all connections, or none. */
	limit(rate: number | undefined): void {
		this.#throttle.limit(rate);
	}

	/** Fetches everything, beginning with the body at hand, which goes on to `answerEnd` (Infinity: to its end). Once only. */
	async run(body: HttpBody, answerEnd: number): Promise<TransferEnd> {
		const first = this.#setup.pieces[0];
		if (first === undefined) await body.discard();
		else await Promise.all([this.#runFirst(body, first, answerEnd), this.#runOthers()]);
		this.#throttle.close();
		await this.#checkpoint;
		const done = this.#done();
		if (this.#setup.signal.aborted) return {type: 'stopped', done};
		const total = this.#total;
		if (this.#pending.length === 0 && total !== undefined && bytesIn(done) === total && !this.#halt.signal.aborted)
			return {type: 'whole', total, done};
		return {type: 'failed', failure: this.#failure ?? shortFailure, done};
	}

	async #runFirst(body: HttpBody, span: Span, answerEnd: number): Promise<void> {
		await this.#carry(body, span, answerEnd);
		await this.#work();
	}

	/** One more connection first: only when its answer proves that spans are served come the others. */
	async #runOthers(): Promise<void> {
		const count = Math.min(this.#setup.connections - 1, this.#pending.length);
		if (count < 1) return;
		if (this.#isServingSpans) {
			await Promise.all(Array.from({length: count}, () => this.#work()));
			return;
		}
		const span = this.#pending[0];
		if (span === undefined) return;
		const body = await this.#askFor(span);
		if (body === undefined) return;
		this.#isServingSpans = true;
		const isStillFree = this.#claim(span.start) !== undefined;
		// Otherwise the first connection was faster than the proof and has taken this piece over.
		if (!isStillFree) body.stop();
		const second = isStillFree ? this.#carry(body, span, span.end).then(() => this.#work()) : this.#work();
		const others = Array.from({length: count - 1}, () => this.#work());
		await Promise.all([second, ...others]);
	}

	/** Fetches pending pieces, one after the other, until there are none or one fails. */
	async #work(): Promise<void> {
		while (this.#isServingSpans && !this.#signal.aborted) {
			const span = this.#pending.shift();
			if (span === undefined) return;
			const body = await this.#askFor(span);
			if (body === undefined) {
				this.#pending.unshift(span);
				return;
			}
			if (!(await this.#carry(body, span, span.end))) return;
		}
	}

	async #askFor(span: Span): Promise<HttpBody | undefined> {
		const {validator} = this.#setup;
		const asked = await this.#setup.ask({type: 'span', span, validator, total: this.#total}, this.#signal);
		if (asked.type === 'stopped') return undefined;
		if (asked.type === 'failed') {
			this.#failure ??= asked.failure;
			return undefined;
		}
		const {meaning, body} = asked;
		if (meaning.type === 'span') return body;
		body.stop();
		// A 200 in spite of If-Range: either no spans here, or the content is another one now.
		const isChanged =
			meaning.type === 'whole'
				? isOther(validator, meaning.validator)
				: meaning.type === 'refused' && meaning.isChanged;
		if (isChanged) this.#fail({code: 'source-changed', message: 'the file changed on the server while it was fetched'});
		else if (meaning.type === 'failed') this.#failure ??= meaning.failure;
		return undefined;
	}

	/** Lets a body flow into a piece. False when it ended early; what it lacks is pending again. */
	async #carry(body: HttpBody, span: Span, answerEnd: number): Promise<boolean> {
		const writer = this.#setup.part.writer(span.start, {
			highWater: waitingAtMost / this.#setup.connections,
			isOwner: body.isHandedOver,
			onDrain: () => {
				line.isWaitingForDisk = false;
				if (writer.error === undefined) this.#goOn(line);
				else this.#fail(diskFailure(writer.error));
			},
		});
		const piece: Piece = {start: span.start, at: span.start, end: span.end, writer};
		const line: Line = {body, piece, answerEnd, isWaitingForDisk: false};
		this.#pieces.push(piece);
		this.#lines.add(line);
		const end = await body.read(chunk => this.#take(line, chunk));
		this.#lines.delete(line);
		await writer.idle();
		if (writer.error !== undefined) this.#fail(diskFailure(writer.error));
		if (end.type === 'failed') this.#failure ??= lineFailure(end.fault);
		if (end.type === 'whole' && piece.end === Infinity) {
			this.#total = piece.at;
			piece.end = piece.at;
		}
		if (piece.at === piece.end) return true;
		this.#pending.unshift({start: piece.at, end: piece.end});
		return false;
	}

	#take(line: Line, chunk: Uint8Array): boolean {
		const {piece, body} = line;
		while (piece.at + chunk.length >= piece.end && this.#takeOver(line));
		const room = piece.end - piece.at;
		const own = chunk.length > room ? chunk.subarray(0, room) : chunk;
		line.isWaitingForDisk = !piece.writer.push(own);
		piece.at += own.length;
		const now = this.#setup.clock.now();
		this.#throttle.take(own.length, now);
		this.#tell(now);
		if (piece.writer.error !== undefined) this.#fail(diskFailure(piece.writer.error));
		// What follows on this connection belongs to others.
		else if (piece.at === piece.end && line.answerEnd > piece.end) body.stop();
		return !line.isWaitingForDisk && this.#throttle.isOpen;
	}

	/** Where nobody fetches what follows a piece and the answer goes on, the same connection does it. */
	#takeOver({piece, answerEnd}: Line): boolean {
		if (answerEnd <= piece.end) return false;
		const next = this.#claim(piece.end);
		if (next === undefined) return false;
		piece.end = next.end;
		return true;
	}

	#claim(start: number): Span | undefined {
		const index = this.#pending.findIndex(span => span.start === start);
		return index === -1 ? undefined : this.#pending.splice(index, 1)[0];
	}

	#goOn(line: Line): void {
		if (!line.isWaitingForDisk && this.#throttle.isOpen) line.body.resume();
	}

	#tell(now: Instant): void {
		if (now - this.#reportAt >= reportEvery) {
			this.#reportAt = now;
			this.#setup.onProgress(
				this.#pieces.reduce((sum, {start, writer}) => sum + writer.written - start, this.#doneBefore),
			);
		}
		if (now < this.#checkpointAt || this.#checkpoint !== undefined) return;
		this.#checkpoint = this.#setup.checkpoint(this.#done()).finally(() => {
			this.#checkpoint = undefined;
			const at = this.#setup.clock.now();
			this.#checkpointAt = at + Math.min(at - this.#startedAt, this.#setup.checkpointEvery);
		});
	}

	#done(): readonly Span[] {
		return joinSpans([...this.#setup.done, ...this.#pieces.map(({start, writer}) => ({start, end: writer.written}))]);
	}

	/** Nothing more can be done in this attempt. */
	#fail(failure: Failure): void {
		if (this.#halt.signal.aborted) return;
		this.#failure = failure;
		this.#halt.abort();
		for (const {body} of this.#lines) body.stop();
	}
}

const shortFailure: Failure = {code: 'connection-lost', message: 'the server sent fewer bytes than it announced'};
