import zlib from 'node:zlib';
import type {HttpBody, HttpEnd} from './http.ts';

/** Content codings (RFC 9110 8.4.1) that can be undone. */
const unpackers = {
	gzip: () => zlib.createGunzip(),
	'x-gzip': () => zlib.createGunzip(),
	deflate: () => zlib.createInflate(),
	br: () => zlib.createBrotliDecompress(),
} as const satisfies Record<string, () => zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress>;

/** The body as it was before the server packed it; undefined for a coding that is not known. */
export const unpackBody = (body: HttpBody, coding: string): HttpBody | undefined => {
	if (!isCoding(coding)) return undefined;
	const stream = unpackers[coding]();
	return {
		// zlib cuts its chunks out of one buffer.
		isHandedOver: false,
		read: onData =>
			new Promise<HttpEnd>(resolve => {
				stream.on('data', (chunk: Uint8Array) => {
					if (!onData(chunk)) stream.pause();
				});
				stream.on('drain', () => body.resume());
				stream.on('end', () => resolve({type: 'whole'}));
				stream.on('error', error => {
					body.stop();
					const code = 'code' in error && typeof error.code === 'string' ? error.code : 'Z_DATA_ERROR';
					resolve({type: 'failed', fault: {code, message: error.message}});
				});
				void body
					.read(chunk => stream.write(chunk))
					.then(end => {
						if (end.type === 'whole') stream.end();
						else {
							resolve(end);
							stream.destroy();
						}
						return end;
					});
			}),
		resume: () => void stream.resume(),
		stop() {
			stream.destroy();
			body.stop();
		},
		discard: () => body.discard(),
	};
};

const isCoding = (coding: string): coding is keyof typeof unpackers => Object.hasOwn(unpackers, coding);
