import type {Readable} from 'node:stream';

/** Calls with each line of a stream; destroys the stream when a line grows beyond the limit. */
export const readLines = (stream: Readable, mostBytes: number, onLine: (line: string) => void): void => {
	let rest: Buffer[] = [];
	let length = 0;
	stream.on('data', (chunk: Buffer) => {
		let start = 0;
		for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
			rest.push(chunk.subarray(start, end));
			const line = Buffer.concat(rest).toString('utf8');
			rest = [];
			length = 0;
			start = end + 1;
			onLine(line);
		}

		if (start < chunk.length) {
			rest.push(chunk.subarray(start));
			length += chunk.length - start;
			if (length > mostBytes) stream.destroy(new Error('a line is too long'));
		}
	});
	// A broken connection is told by `close`.
	stream.on('error', () => {});
};
