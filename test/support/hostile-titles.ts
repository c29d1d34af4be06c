/** Titles that mean something to shells, options, addresses, file systems, yt-dlp or JSON, or that are long or foreign. */
export const hostileTexts: readonly string[] = [
	"It's Me! Dr. K-On!!",
	'$(reboot) `id` ; rm -rf / | tee & exit',
	'-V --download -S 9',
	'AC/DC ../../etc/passwd',
	'100% %(id)s %41 %s',
	'[Oshi no Ko] {2} #1? a=b&c=d+e',
	'say "hi" \\o/ <b>',
	'進撃の巨人 鋼の錬金術師',
	'👩‍👩‍👧 ❤️ 🦊',
	'\u001B[31mred\u001B[0m\r\nnext\u0000line',
	'\u202Etxt.4pm',
	'long '.repeat(60),
	'🦊'.repeat(300),
];
