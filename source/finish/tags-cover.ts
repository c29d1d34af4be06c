import type {Clock} from '../engine/ports.ts';
import type {Duration, Instant} from '../domain/time.ts';
import type {Http, HttpBody} from '../system/http.ts';
import type {Cover} from './tags-write.ts';

export type CoverAnswer =
	{readonly type: 'cover'; readonly cover: Cover} | {readonly type: 'none'; readonly why: string};

export type Covers = {
	/** The picture at an address; the tracks of an album ask once for it together. Rejects only where the signal aborts it. */
	get(address: string, signal: AbortSignal): Promise<CoverAnswer>;
};

export type CoverOptions = {
	readonly http: Http;
	readonly clock: Pick<Clock, 'now'>;
	readonly userAgent: string;
	/** Larger ones are not taken, in bytes. */
	readonly mostBytes: number;
	/** For one picture, with all its redirects. Default: 20 s. */
	readonly patience?: Duration;
};

/** Pictures that are kept for the tracks that follow; an album's come one after the other. */
const mostKept = 4;

/** How long what could not be had is not asked for again. */
const forgivenAfter: Duration = 60_000;

type Kept = {readonly answer: Promise<CoverAnswer>; failedAt: Instant | undefined};

export const createCovers = (options: CoverOptions): Covers => {
	const kept = new Map<string, Kept>();
	const remember = async (entry: Kept): Promise<void> => {
		const answer = await entry.answer;
		if (answer.type === 'none') entry.failedAt = options.clock.now();
	};
	const fetchOnce = (address: string): Promise<CoverAnswer> => {
		const known = kept.get(address);
		const isStale = known?.failedAt !== undefined && options.clock.now() - known.failedAt > forgivenAfter;
		if (known !== undefined && !isStale) return known.answer;
		const entry: Kept = {answer: fetchCover(address, options), failedAt: undefined};
		kept.delete(address);
		kept.set(address, entry);
		for (const oldest of [...kept.keys()].slice(0, -mostKept)) kept.delete(oldest);
		void remember(entry);
		return entry.answer;
	};

	return {
		async get(address, signal) {
			signal.throwIfAborted();
			// Others may wait for the same picture: whoever leaves does not take it from them.
			const left = new Promise<never>((_, reject) => {
				signal.addEventListener('abort', () => reject(signal.reason), {once: true});
			});
			return Promise.race([fetchOnce(address), left]);
		},
	};
};

const mostRedirects = 5;

const none = (why: string): CoverAnswer => ({type: 'none', why});

const fetchCover = async (address: string, options: CoverOptions): Promise<CoverAnswer> => {
	const {http, userAgent, mostBytes, patience = 20_000} = options;
	const signal = AbortSignal.timeout(patience);
	let url = webAddress(address);
	for (let hop = 0; hop <= mostRedirects; hop++) {
		if (url === undefined) return none('its address is none of the web');
		const headers = {'user-agent': userAgent, accept: 'image/jpeg, image/png'};
		const answer = await http.get({url, headers, signal, headersTimeout: patience, stallTimeout: patience});
		if (answer.type === 'stopped') return none('it did not come in time');
		if (answer.type === 'failed') return none(`${answer.fault.code}`);
		const {status, body} = answer;
		const {location} = answer.headers;
		if (status >= 300 && status < 400 && typeof location === 'string') {
			await body.discard();
			url = webAddress(location, url);
			continue;
		}

		if (status !== 200) {
			await body.discard();
			return none(`HTTP ${status}`);
		}

		return readCover(body, mostBytes);
	}

	return none('too many redirects');
};

/** An address without login and fragment; undefined where it is none of HTTP, or would leave encryption behind. */
const webAddress = (text: string, base?: string): string | undefined => {
	const url = URL.parse(text, base);
	if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
	if (base?.startsWith('https:') === true && url.protocol === 'http:') return undefined;
	url.username = '';
	url.password = '';
	url.hash = '';
	return url.href;
};

const readCover = async (body: HttpBody, mostBytes: number): Promise<CoverAnswer> => {
	const chunks: Buffer[] = [];
	let length = 0;
	const end = await body.read(chunk => {
		length += chunk.length;
		// The client may use the memory again.
		if (length <= mostBytes) chunks.push(Buffer.from(chunk));
		else body.stop();
		return true;
	});
	if (length > mostBytes) return none(`it is larger than ${mostBytes} bytes`);
	if (end.type !== 'whole') return none('it did not come whole');
	const data = Buffer.concat(chunks);
	const type = pictureType(data);
	return type === undefined
		? none('it is neither JPEG nor PNG')
		: {type: 'cover', cover: {data: new Uint8Array(data), type}};
};

/** By the bytes, whatever the server calls it: what all kinds of tags can hold. */
const pictureType = (data: Buffer): Cover['type'] | undefined => {
	if (data.length > 4 && data.readUIntBE(0, 3) === 0xff_d8_ff) return 'image/jpeg';
	return data.toString('latin1', 0, 8) === '\u0089PNG\r\n\u001A\n' ? 'image/png' : undefined;
};
