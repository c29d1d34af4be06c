import {cleanText} from '../../domain/text.ts';
import {parseSize} from '../command/parse.ts';

/** What a line of aniworld means, of either generation. */
export type AniworldLine =
	/** How far ffmpeg is (4.x), in seconds of what it writes. */
	| {readonly type: 'written'; readonly seconds: number; readonly bytes?: number}
	/** How long the source plays. */
	| {readonly type: 'duration'; readonly seconds: number}
	/** How far yt-dlp is (3.x), 0 to 1. */
	| {readonly type: 'share'; readonly share: number}
	| {readonly type: 'phase'; readonly phase: string}
	/** It goes on with something. */
	| {readonly type: 'step'}
	/** A download begins from this hoster. */
	| {readonly type: 'hoster'; readonly hoster: string}
	/** A try of its own at a hoster has failed; more may follow. */
	| {readonly type: 'try-failed'; readonly hoster: string; readonly reason: string}
	| {readonly type: 'fallback'; readonly to: string}
	| {readonly type: 'captcha'; readonly url: string}
	| {readonly type: 'no-language'; readonly available: readonly string[]}
	/** `isOfLog`: with the date and the place of a log line in front of it; otherwise it may belong to the line before. */
	| {readonly type: 'words'; readonly text: string}
	/** What is written down and says nothing. */
	| {readonly type: 'detail'}
	| {readonly type: 'nothing'};

/** Nobody prints a longer line of progress or of failure. In UTF-16 units. */
const longestRead = 4000;

/** Reads one line, colours and all. Never throws. */
export const readAniworldLine = (line: string): AniworldLine => {
	const text = cleanText(line.slice(0, longestRead));
	if (text === '') return {type: 'nothing'};
	const [head, level] = logHead.exec(text) ?? [];
	const message = head === undefined ? text : text.slice(head.length);
	return (
		ofFfmpeg(message) ??
		ofBar(message) ??
		ofSteps(message) ??
		(level === 'DEBUG' || level === 'INFO' ? {type: 'step'} : {type: 'words', text: message})
	);
};

// 4.6.1: `2026-03-21 12:59:01 - WARNING - aniworld/models/common/common.py:550:download - …`, the path from where it was
// started; 3.8.2: `WARNING:root:get_redirect_link: …`.
const logHead =
	/^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - .{1,400}?:\d+:[\w<>]+ - |(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]+:[\w<>]+: )/;

const ofFfmpeg = (message: string): AniworldLine | undefined => {
	if (message.startsWith('[FFmpeg Progress] ')) {
		const seconds = secondsIn(/ time=(\d+:\d+:\d+(?:\.\d+)?)/.exec(message)?.[1]);
		const bytes = parseSize(
			/ L?size= *(\d+(?:\.\d+)? ?[kKM]?i?B)/.exec(message.replace('] size', ']  size'))?.[1] ?? '',
		);
		return seconds === undefined
			? {type: 'detail'}
			: {type: 'written', seconds, ...(bytes === undefined ? {} : {bytes})};
	}

	if (
		!message.startsWith('[FFmpeg] ') ||
		message.startsWith('[FFmpeg] Stall') ||
		message.startsWith('[FFmpeg] Process failed')
	) {
		return undefined;
	}

	const seconds = secondsIn(/\bDuration: (\d+:\d+:\d+(?:\.\d+)?)/.exec(message)?.[1]);
	return seconds === undefined || seconds === 0 ? {type: 'detail'} : {type: 'duration', seconds};
};

/** `00:10:01.20`. */
const secondsIn = (text: string | undefined): number | undefined => {
	if (text === undefined) return undefined;
	const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
	return hours * 3600 + minutes * 60 + seconds;
};

// 3.8.2: `[███░░░] 12.3% | Speed: 1.20MiB/s | ETA: 00:10`.
const ofBar = (message: string): AniworldLine | undefined => {
	const percent = /^\[[█░]*\] (\d{1,3}(?:\.\d+)?)% \| Speed:/.exec(message)?.[1];
	return percent === undefined ? undefined : {type: 'share', share: Math.min(1, Number(percent) / 100)};
};

const ofSteps = (message: string): AniworldLine | undefined => {
	const failed = /^Download attempt \d+\/\d+ failed for provider (\S+): (.*)$/.exec(message);
	if (failed !== null) return {type: 'try-failed', hoster: failed[1] ?? '', reason: failed[2] ?? ''};
	const fallback = /^Falling back from provider \S+ to (\S+) for /.exec(message)?.[1];
	if (fallback !== undefined) return {type: 'fallback', to: fallback};
	const hoster = /^\[DOWNLOADING\] .{1,60} via (\S+)$/.exec(message)?.[1];
	if (hoster !== undefined) return {type: 'hoster', hoster};
	const captcha = /^(?:CAPTCHA detected for|Opening episode page for modal solving:) (\S+)/.exec(message)?.[1];
	if (captcha !== undefined) return {type: 'captcha', url: captcha};
	const languages =
		/^No provider found for language '.{1,60}?' on site '.{1,60}?'\. Available languages: \[(.*)\]/.exec(message);
	if (languages !== null) {
		return {
			type: 'no-language',
			available: [...(languages[1] ?? '').matchAll(/'([^']{1,60})'/g)].map(match => match[1] ?? ''),
		};
	}

	if (message.startsWith('[MUXING]')) return {type: 'phase', phase: 'merging'};
	return /^(?:Starting download: |Download completed successfully!)/.test(message) ? {type: 'step'} : undefined;
};
