import {actVerb} from './act.ts';

export const remove = actVerb('remove', 'Take ended or paused jobs out of the queue; finished files stay');
