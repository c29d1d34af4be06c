import {actVerb} from './act.ts';

export const resume = actVerb('resume', 'Let paused jobs go on', {
	command: 'resume-queue',
	done: 'goes on',
	foreseen: 'would go on',
});
