import {openEngineAt} from './temp-engine.ts';

/*
 * A scheduler at a place that another process has made, to be killed: adds the sources of its arguments and writes the bytes of
 * the job that runs, one number a line.
 */
const [directory = '', ...sources] = process.argv.slice(2);
const engine = await openEngineAt(directory, true);
await engine.start();
await engine.send({type: 'add', requests: sources.map(source => ({source}))});
engine.subscribe(() => {
	process.stdout.write(`${engine.getSnapshot().active[0]?.progress.bytes ?? 0}\n`);
});
