import {expectDone, foresee, reportChange} from './answer.ts';
import {parseId, parsePriority} from './arguments.ts';
import {whyNotMoved} from './move.ts';
import {usageError, type Verb} from './verb.ts';

export const priority: Verb = {
	name: 'priority',
	summary: 'Give jobs a priority, 0 (last) to 9 (first); they go behind the others that have it',
	usage: '<id...> <n>',
	arguments: [['<id...>', 'job ids, and the priority at the end']],
	run: async (context, args) =>
		context.withEngine(async engine => {
			const [last = '', ...rest] = args.toReversed();
			if (rest.length === 0) throw usageError('give job ids and a priority, such as `tidegate priority 4 5 9`');
			const ids = rest.toReversed().map(text => parseId(text));
			const level = parsePriority(last);
			const what = `${context.globals.isDryRun ? 'would get' : 'got'} priority ${level}`;
			if (context.globals.isDryRun) return reportChange(context, engine, await foresee(engine, ids, whyNotMoved), what);
			const result = expectDone(await engine.send({type: 'prioritise', ids, priority: level}));
			return reportChange(context, engine, result, what);
		}),
};
