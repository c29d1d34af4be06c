import type {AttemptToken, Job} from '../../source/domain/job.ts';
import {createHttpProvider, type HttpProviderOptions} from '../../source/providers/http/index.ts';
import {systemClock} from '../../source/system/clock.ts';
import {createHttp} from '../../source/system/http.ts';

/* One attempt in a process of its own, which a test may kill: arguments are the URL, the directory, options as JSON, a rate. */
const [source = '', directory = '', options = '{}', rate] = process.argv.slice(2);
const http = createHttp();
const provider = createHttpProvider({
	http,
	clock: systemClock,
	userAgent: 'tidegate-test',
	...(JSON.parse(options) as Partial<HttpProviderOptions>),
});
await provider.run({source} as Job, {
	directory,
	signal: new AbortController().signal,
	report: () => undefined,
	log: () => undefined,
	attempt: 0,
	token: 'test' as AttemptToken,
	rateLimit: rate === undefined ? undefined : Number(rate),
});
await http.close();
