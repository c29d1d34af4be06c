import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import PQueue from 'p-queue';
import type {AttemptToken, Job} from '../../source/domain/job.ts';
import {createHttpProvider} from '../../source/providers/http/index.ts';
import {systemClock} from '../../source/system/clock.ts';
import {createHttp} from '../../source/system/http.ts';

/*
 * The `http` provider in a process of its own, for the benchmark: fetches the URLs on standard input into a directory each
 * under the first argument, so many at once as the second says.
 */
const [root = '.', atOnce = '1'] = process.argv.slice(2);
const urls = (await text(process.stdin)).split('\n').filter(url => url !== '');
const http = createHttp();
const provider = createHttpProvider({http, clock: systemClock, userAgent: 'tidegate-bench'});
const queue = new PQueue({concurrency: Number(atOnce)});
const fetchOne = async (source: string, index: number): Promise<void> => {
	const directory = join(root, String(index));
	await mkdir(directory);
	const outcome = await provider.run({source} as Job, {
		directory,
		signal: new AbortController().signal,
		report: () => undefined,
		log: () => undefined,
		attempt: 0,
		token: 'bench' as AttemptToken,
		rateLimit: undefined,
	});
	if (outcome.type !== 'fetched') throw new Error(JSON.stringify(outcome));
};
await Promise.all(urls.map((url, index) => queue.add(() => fetchOne(url, index))));
await http.close();
