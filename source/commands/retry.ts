import {actVerb} from './act.ts';

export const retry = actVerb('retry', 'Put failed or cancelled jobs back in line');
