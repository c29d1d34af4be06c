import {actVerb} from './act.ts';

export const pause = actVerb('pause', 'Stop jobs until they are resumed', {
	command: 'pause-queue',
	done: 'is paused',
	foreseen: 'would be paused',
});
