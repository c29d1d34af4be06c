import type {IncomingMessage, ServerResponse} from 'node:http';
import {createGzip} from 'node:zlib';
import {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {contentChunks, contentReader, type Content} from './content.ts';

/** The content of the route, with the faults that are named. Offsets are those in the whole file. */
export type FileAnswer = {
	readonly type: 'file';
	/** Other content than the route's, for a file that changes. */
	readonly content?: Content;
	/**
	 * `served`: as RFC 9110 says (the default). `ignored`: always the whole file. `shifted`: a Content-Range that is not
	 * what was asked for, with the bytes to match. `mislabelled`: the bytes that were asked for under a wrong Content-Range.
	 * `refused`: 416 for every range.
	 */
	readonly ranges?: 'served' | 'ignored' | 'shifted' | 'mislabelled' | 'refused';
	/** Default: true. Otherwise a range is served whatever `If-Range` says. */
	readonly isIfRangeHonoured?: boolean;
	/** Default: a strong one made from the content; null for none. */
	readonly etag?: string | null;
	/** Default: a date of 2026; null for none. */
	readonly lastModified?: string | null;
	/** Added to the true Content-Length; `none` sends the body in chunks without one. */
	readonly length?: number | 'none';
	/** Breaks the connection after so many bytes of this answer. */
	readonly dropAfter?: number;
	/** Sends nothing more after so many bytes of this answer, and keeps the connection. */
	readonly stallAfter?: number;
	/** Bytes per second. */
	readonly rate?: number;
	/** In how many pieces a second they are sent then. Default: 20. */
	readonly pieces?: number;
	readonly coding?: 'gzip';
	/** Content-Disposition as it stands on the line: one character a byte. */
	readonly disposition?: string;
	readonly contentType?: string;
	/** Offsets of bytes that arrive wrong. */
	readonly damagedAt?: readonly number[];
	/** Before the head of the answer. */
	readonly delay?: number;
};

/** What is told about an answer while it is sent. */
export type Watch = {
	/** Bytes per second where the answer sets none. */
	readonly rate: number | undefined;
	readonly onStatus: (status: number) => void;
	readonly onBytes: (bytes: number) => void;
};

type Cut = {readonly status: 200 | 206; readonly start: number; readonly end: number; readonly label?: string};

/** Sends a file or a part of it, faults included; resolves when it has done with the answer. */
export const sendFile = async (
	request: IncomingMessage,
	response: ServerResponse,
	content: Content,
	answer: FileAnswer,
	watch: Watch,
): Promise<void> => {
	if (answer.delay !== undefined) await sleep(answer.delay);
	const headers = fileHeaders(content, answer);
	const cut = cutOf(request, content, answer, headers);
	if (cut === undefined) {
		watch.onStatus(416);
		response.writeHead(416, {'content-range': `bytes */${content.size}`}).end();
		return;
	}
	watch.onStatus(cut.status);
	if (cut.status === 206) headers['content-range'] = cut.label ?? `bytes ${cut.start}-${cut.end - 1}/${content.size}`;
	if (answer.coding === 'gzip') {
		sendPacked(response, content, headers, watch);
		return;
	}
	if (answer.length !== 'none') headers['content-length'] = String(cut.end - cut.start + (answer.length ?? 0));
	response.writeHead(cut.status, headers);
	if (request.method === 'HEAD') response.end();
	else await sendBytes(response, content, cut, answer, watch);
};

const fileHeaders = (content: Content, answer: FileAnswer): Record<string, string> => {
	const {etag = etagOf(content), lastModified = 'Thu, 01 Jan 2026 00:00:00 GMT'} = answer;
	return {
		'content-type': answer.contentType ?? 'application/octet-stream',
		...(answer.ranges === 'ignored' ? {} : {'accept-ranges': 'bytes'}),
		...(etag === null ? {} : {etag}),
		...(lastModified === null ? {} : {'last-modified': lastModified}),
		...(answer.disposition === undefined ? {} : {'content-disposition': answer.disposition}),
	};
};

const etagOf = ({seed, size}: Content): string => `"${seed.toString(16)}-${size.toString(16)}"`;

/** What is to be sent; undefined where the range lies outside. */
const cutOf = (
	request: IncomingMessage,
	content: Content,
	answer: FileAnswer,
	headers: Readonly<Record<string, string>>,
): Cut | undefined => {
	const whole: Cut = {status: 200, start: 0, end: content.size};
	const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
	if (match === null || answer.ranges === 'ignored') return whole;
	const condition = request.headers['if-range'];
	const isSame = condition === undefined || condition === headers['etag'] || condition === headers['last-modified'];
	if (!isSame && answer.isIfRangeHonoured !== false) return whole;
	if (answer.ranges === 'refused') return undefined;
	const [, from = '', to = ''] = match;
	const start = from === '' ? Math.max(0, content.size - Number(to)) : Number(from);
	const end = from === '' || to === '' ? content.size : Math.min(content.size, Number(to) + 1);
	if (start >= end) return undefined;
	if (answer.ranges === 'shifted') return {status: 206, start: Math.max(0, start - 1), end: Math.max(1, end - 1)};
	if (answer.ranges === 'mislabelled')
		return {status: 206, start, end, label: `bytes ${start + 1}-${end}/${content.size + 1}`};
	return {status: 206, start, end};
};

const sendBytes = async (
	response: ServerResponse,
	content: Content,
	cut: Cut,
	answer: FileAnswer,
	watch: Watch,
): Promise<void> => {
	const rate = answer.rate ?? watch.rate;
	const limit = Math.min(answer.dropAfter ?? Infinity, answer.stallAfter ?? Infinity);
	const end = Math.min(cut.end, cut.start + limit);
	const piece = rate === undefined ? 256 * 1024 : Math.max(1, Math.ceil(rate / (answer.pieces ?? 20)));
	const read = contentReader(content);
	for (let at = cut.start; at < end && !response.destroyed; at += piece) {
		const chunk = damage(read(at, Math.min(piece, end - at)), at, answer.damagedAt);
		if (!response.write(chunk)) await drained(response);
		watch.onBytes(chunk.length);
		if (rate !== undefined) await sleep(1000 * (chunk.length / rate));
	}
	if (answer.stallAfter !== undefined && end < cut.end) return;
	// A connection that is closed at once would lose what the system has not sent yet.
	const isShort =
		(answer.dropAfter !== undefined && end < cut.end) || (typeof answer.length === 'number' && answer.length > 0);
	if (isShort) response.write('', () => response.socket?.destroySoon());
	else response.end();
};

const damage = (chunk: Uint8Array, at: number, offsets: readonly number[] = []): Uint8Array => {
	for (const offset of offsets) {
		const byte = chunk[offset - at];
		if (byte !== undefined) chunk[offset - at] = byte ^ 0xff;
	}
	return chunk;
};

const sendPacked = (
	response: ServerResponse,
	content: Content,
	headers: Readonly<Record<string, string>>,
	watch: Watch,
): void => {
	response.writeHead(200, {...headers, 'content-encoding': 'gzip'});
	const packed = Readable.from(contentChunks(content)).pipe(createGzip());
	packed.on('data', (chunk: Buffer) => watch.onBytes(chunk.length));
	packed.pipe(response);
};

const drained = (response: ServerResponse): Promise<void> =>
	new Promise(resolve => {
		const done = (): void => {
			response.off('drain', done);
			response.off('close', done);
			resolve();
		};
		response.on('drain', done);
		response.on('close', done);
	});
