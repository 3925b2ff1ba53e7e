/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pass over every character of a text that the redactor scans. Compiled to WebAssembly with SIMD, so that it is the
 * same code on every host, and has no part of the addon in it.
 *
 * In:  an automaton (src/runtime/redaction/automaton.ts) and what may stand behind anchors (guards.ts) once; then texts, in
 *      blocks of UTF-16 code units.
 * Out: of each block, in order: hits of anchors behind which stands what may, and quotes and borders in the middle of an
 *      issued secret's anchor; runs of letters, digits and "+ / - _", what they are made of, and whether one may be encoded or
 *      have a secret's form; stretches in which the words of a wallet may stand; which encodings may be there.
 *
 * One thread. No memory but its own: the host makes room behind it for the automaton. A text within a text (what a run
 * encodes, a view) is scanned before the outer one is done, so what is known of a text is kept per level.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define INLINE static inline __attribute__((always_inline))

enum {
	BLOCK = 4096,			/* code units; whole words of 64 */
	MARGIN = 64,			/* NULs behind the end of a text */
	LEVELS = 4,
	PLACES = 2 * BLOCK,		/* at each character a hit and a border */
	MOST_RUNS = BLOCK / 8,		/* more than there can be: a gap lies between two */
	MOST_CALMS = BLOCK / 32,	/* likewise */

	SHORTEST_RUN = 12,
	/* Of a wallet: twelve words of three letters or more, and what lies between them. */
	WORDS = 12,
	SHORTEST_WALLET = WORDS * 4 - 1,

	ASCII = 128,
};

/* What lies in a block. */
enum { PERCENT = 1, BACKSLASH = 2, AMPERSAND = 4, ESCAPE = 8 };

/* What a block showed. The host reads it: `layout` tells where. */
struct found {
	int32_t hits, runs, calms;
	int32_t encodings;		/* of the whole text so far */
	int32_t at[PLACES];		/* rising */
	int32_t state[PLACES];		/* ALONE + an anchor, or an accepting state; of a quote or a border ~state before it */
	int32_t run[3 * MOST_RUNS];	/* begin, end, what it is */
	int32_t calm[2 * MOST_CALMS];	/* begin, end */
};

/* What goes on from one block to the next. */
struct text {
	int32_t from;			/* where the next block begins */
	uint32_t state;
	/* The last word of the block before: which characters may stand in a run, are small letters, digits, between words of a wallet. */
	uint64_t in_run, small, digit, between;
	int32_t open;			/* where the run begins that is not over; -1: none is long enough */
	uint32_t kinds_before;		/* of the run with which the block before ended, however short: what its characters are */
	int32_t stranger;		/* the last character so far that stands in no wallet */
	int32_t words, words_before;	/* that have ended; up to that character */
	struct found found;
};

/*
 * Of an accepting state. What is looked at for a hit lies in one line of the cache, as the automaton has driven out what it was in.
 * As guards.ts writes it.
 */
struct ending {
	int32_t follower;		/* where in `sets` the 128 bytes begin that say what may stand behind one of its anchors */
	int32_t only;			/* the anchor, where no other ends here; -1 */
	int32_t guard;			/* of that one: its length, from bit 8 on what turns a hit of it away */
	int32_t spelling;		/* where in `written` it stands as it is written */
};

/* What turns a hit away: guards.ts, which looks at what comes from here once more, tells why. */
enum { LEFT = 1 << 8, EXACT = 4 << 8, COMMAND = 8 << 8, WHOLE_WORD = 16 << 8, ANY_GUARD = LEFT | EXACT | COMMAND | WHOLE_WORD };

/* Added to the number of an anchor that ends alone: the host need not look for it by the state. */
enum { ALONE = 1 << 30 };

static struct text texts[LEVELS];
static uint16_t codes[BLOCK + MARGIN + 8];
static uint16_t home[BLOCK + MARGIN + 8];	/* where the host writes a text of one block, and reads it while others are in `codes` */
static uint8_t class_of[0x10000];	/* of each code unit */
static uint32_t states[BLOCK + MARGIN];	/* of 16 bits where the table's are */
static uint64_t glue[BLOCK / 64 + 1];
static uint32_t parts[BLOCK / 32 + 1];	/* a bit for each character of `home`, from where the host asked for them */

static const void *table;
static const uint8_t *depths, *issuing, *sets, *beginning, *written;
static const struct ending *endings;
static uint32_t shift, accepting;
static int32_t is_wide;

/* Where the host writes and reads, and how much fits. */
static uint32_t layout[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, BLOCK, MARGIN, LEVELS, PLACES, 3 * MOST_RUNS, 2 * MOST_CALMS };

EXPORT("layout") const uint32_t *layout_of(uint32_t level)
{
	const struct found *found = &texts[level].found;

	layout[0] = (uint32_t)codes;
	layout[1] = (uint32_t)class_of;
	layout[2] = (uint32_t)found;
	layout[3] = (uint32_t)found->at;
	layout[4] = (uint32_t)found->state;
	layout[5] = (uint32_t)found->run;
	layout[6] = (uint32_t)found->calm;
	layout[7] = (uint32_t)home;
	layout[8] = (uint32_t)parts;
	return layout;
}

/* The automaton lies at `at`: states of 1 << `by` entries each, of two bytes or four. */
EXPORT("automaton") void set_automaton(const void *at, uint32_t by, uint32_t first_accepting, int32_t wide)
{
	table = at;
	shift = by;
	accepting = first_accepting;
	is_wide = wide;
}

/*
 * `depth`: a byte for each state, how many characters of an anchor have been read. `issued`: 1 for those within
 * an issued secret's. `ends`: of each accepting state. `of_codes`: sets of 128 bytes, 1 for what may stand behind. `begins`: 128
 * bytes, 1 for what a secret without anchor may begin with. `spelled`: anchors as they are written.
 */
EXPORT("states") void set_states(const uint8_t *depth, const uint8_t *issued, const struct ending *ends,
				 const uint8_t *of_codes, const uint8_t *begins, const uint8_t *spelled)
{
	depths = depth;
	issuing = issued;
	endings = ends;
	sets = of_codes;
	beginning = begins;
	written = spelled;
}

EXPORT("begin") void begin(uint32_t level)
{
	struct text *text = &texts[level];

	text->from = 0;
	text->state = 0;
	text->in_run = text->small = text->digit = text->between = 0;
	text->open = text->stranger = -1;
	text->kinds_before = 0;
	text->words = text->words_before = 0;
	text->found.encodings = 0;
}

/* ---- the automaton ---- */

INLINE uint32_t step(uint32_t state, uint32_t symbol, int wide)
{
	uint32_t at = state << shift | symbol;

	return wide ? ((const uint32_t *)table)[at] : ((const uint16_t *)table)[at];
}

INLINE uint32_t state_at(uint32_t at, int wide)
{
	return wide ? states[at] : ((const uint16_t *)states)[at];
}

INLINE void set_state(uint32_t at, uint32_t state, int wide)
{
	if (wide)
		states[at] = state;
	else
		((uint16_t *)states)[at] = (uint16_t)state;
}

/*
 * A state depends on the one before, so a processor waits for memory at each character: several lanes, each a part of the
 * text, wait at the same time. All but the first begin some characters early, as if nothing stood before those; where the lane before is further
 * into an anchor than that, which is seldom, it goes on into them until it is in the state that they had there.
 */
enum { EARLY = 3, SHORTEST_LANE = 16 };

INLINE void join(uint32_t lanes, uint32_t size, int wide)
{
	for (uint32_t lane = 1; lane < lanes; lane++) {
		uint32_t start = lane * size;
		uint32_t state = state_at(start - 1, wide);

		/* The lane knows what stands in it: its state is the same once this one's lies within it. */
		for (uint32_t at = start; depths[state] > at - start + EARLY && at < lanes * size; at++) {
			state = step(state, class_of[codes[at]], wide);
			set_state(at, state, wide);
		}
	}
}

/* Returns how much of the text the lanes have gone over: as much as they divide. */
INLINE uint32_t in_lanes(uint32_t lanes, uint32_t state, uint32_t length, int wide)
{
	uint32_t now[8] = { state };
	uint32_t size = length / lanes;

	for (uint32_t i = 0; i < EARLY; i++)
#pragma unroll
		for (uint32_t lane = 1; lane < lanes; lane++)
			now[lane] = step(now[lane], class_of[codes[lane * size + i - EARLY]], wide);
	for (uint32_t i = 0; i < size; i++)
#pragma unroll
		for (uint32_t lane = 0; lane < lanes; lane++) {
			now[lane] = step(now[lane], class_of[codes[lane * size + i]], wide);
			set_state(lane * size + i, now[lane], wide);
		}
	join(lanes, size, wide);
	return lanes * size;
}

INLINE uint32_t walk(uint32_t state, uint32_t length, int wide)
{
	uint32_t at = 0;

	if (length == BLOCK)		/* where the lanes lie is known: one place in a register instead of eight */
		at = in_lanes(8, state, BLOCK, wide);
	else if (length >= 8 * SHORTEST_LANE)
		at = in_lanes(8, state, length, wide);
	else if (length >= 4 * SHORTEST_LANE)
		at = in_lanes(4, state, length, wide);
	if (at > 0)
		state = state_at(at - 1, wide);
	for (; at < length; at++) {
		state = step(state, class_of[codes[at]], wide);
		set_state(at, state, wide);
	}
	return state;
}

/* Which of the 64 states from `at` on are accepting ones. */
INLINE uint64_t accepting_from(uint32_t at, int wide)
{
	uint64_t all = 0;

	for (uint32_t part = 0; part < 64; part += 16) {
		v128_t bits;

		if (wide) {
			const v128_t *from = (const v128_t *)(states + at + part);
			v128_t least = wasm_u32x4_splat(accepting);
			v128_t low = wasm_i16x8_narrow_i32x4(wasm_u32x4_ge(from[0], least), wasm_u32x4_ge(from[1], least));
			v128_t high = wasm_i16x8_narrow_i32x4(wasm_u32x4_ge(from[2], least), wasm_u32x4_ge(from[3], least));

			bits = wasm_i8x16_narrow_i16x8(low, high);
		} else {
			const v128_t *from = (const v128_t *)((const uint16_t *)states + at + part);
			v128_t least = wasm_u16x8_splat((uint16_t)accepting);

			bits = wasm_i8x16_narrow_i16x8(wasm_u16x8_ge(from[0], least), wasm_u16x8_ge(from[1], least));
		}
		all |= (uint64_t)wasm_i8x16_bitmask(bits) << part;
	}
	return all;
}

INLINE int is_letter(uint32_t code)
{
	return (code | 32) - 'a' < 26u && code < ASCII;
}

INLINE int is_alnum(uint32_t code)
{
	return is_letter(code) || code - '0' < 10u;
}

/* As endsPrefix of characters.ts: the letter before `at` belongs to an escape, or to an option. Three characters before `at` are there. */
INLINE int ends_prefix(uint32_t at)
{
	uint32_t letter = codes[at - 1], before = codes[at - 2];

	if (before == '\\')
		return letter == 'n' || letter == 'r' || letter == 't';
	if (codes[at - 3] == '%')
		return 1;
	return before == '-' && is_letter(letter) && codes[at - 3] <= ' ';
}

/* Whether a hit of the only anchor of `ending`, in front of `end`, may be one. True where what stands before it is in another block. */
INLINE int is_let_by(const struct ending *ending, uint32_t end)
{
	int32_t guard = ending->guard;
	uint32_t length = guard & 0xff, start = end - length;

	if (!(guard & ANY_GUARD) || end < length + 3)
		return 1;
	if (guard & WHOLE_WORD)
		return codes[end] - 'a' >= 26u;
	if (guard & COMMAND)
		return !is_alnum(codes[start - 1]) && codes[start - 1] != '-' && codes[start - 1] != '_';
	if ((guard & LEFT) && is_alnum(codes[start - 1]) && !ends_prefix(start))
		return 0;
	if (guard & EXACT)
		for (uint32_t i = 0; i < length; i++)
			if (codes[start + i] != written[ending->spelling + i])
				return 0;
	return 1;
}

/* Notes the accepting states, and quotes and borders in the middle of an anchor. */
INLINE void note(struct text *text, uint32_t length, int wide)
{
	struct found *found = &text->found;
	int32_t hits = 0;

	for (uint32_t word = 0; word < length; word += 64) {
		uint64_t joints = glue[word / 64];
		uint64_t both = accepting_from(word, wide) | joints;

		if (length - word < 64)
			both &= (1ull << (length - word)) - 1;
		for (; both; both &= both - 1) {
			uint32_t bit = __builtin_ctzll(both), at = word + bit;
			uint32_t state = state_at(at, wide);
			uint32_t before = at > 0 ? state_at(at - 1, wide) : text->state;

			if (state >= accepting) {
				const struct ending *ending = &endings[state - accepting];

				if ((codes[at + 1] >= ASCII || sets[ending->follower + codes[at + 1]]) && is_let_by(ending, at + 1)) {
					found->at[hits] = text->from + (int32_t)at;
					found->state[hits++] = ending->only < 0 ? (int32_t)state : ALONE + ending->only;
				}
			}
			if (joints >> bit & 1 && issuing[before]) {
				found->at[hits] = text->from + (int32_t)at;
				found->state[hits++] = ~(int32_t)before;
			}
		}
	}
	found->hits = hits;
}

/* ---- runs, and where the words of a wallet may be ---- */

/* Bits of a word moved `by` places up, with those of the word before. */
INLINE uint64_t up(uint64_t word, uint64_t before, int by)
{
	return word << by | before >> (64 - by);
}

/* What the characters of a run are, a bit each: as in src/runtime/redaction/characters.ts. */
enum { LOWER_HEX = 1, LOWER = 2, UPPER_HEX = 4, UPPER = 8, DIGIT = 16, BASE64 = 32, DASH = 64 };

/* What a run may be besides: as in found.ts. */
enum { ENCODED = 128, UNMARKED = 256 };

enum { SHORTEST_HEX = 16, MOST_TRIES = 12 };

/* Where in the run that was looked at last characters stand that are no letters and no digits, a bit each. */
static uint16_t signs[BLOCK / 16];

/* Of each byte. A shift of bytes is one of words and a mask besides, which the one for the lower halves is as well. */
INLINE v128_t upper_halves(v128_t bytes)
{
	return wasm_v128_and(wasm_u16x8_shr(bytes, 4), wasm_u8x16_splat(15));
}

/*
 * A bit for each pair of halves of a code that a kind of character has, of those that stand in a run: a to f, g to o, p to z, the same
 * of capitals, digits, + and /. What has none is - or _.
 */
#define KINDS_BY_LOWER_HALF                                                                                          \
	100, 109, 109, 109, 109, 109, 109, 118, 118, 118, 54, 146, 18, 18, 18, 146
#define KINDS_BY_UPPER_HALF 0, 0, 128, 64, 24, 32, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0

/* The kinds of the characters from `start` to `end` of the block. */
INLINE uint32_t kinds_of(uint32_t start, uint32_t end)
{
	const v128_t by_lower = wasm_u8x16_const(KINDS_BY_LOWER_HALF), by_upper = wasm_u8x16_const(KINDS_BY_UPPER_HALF);
	const v128_t places = wasm_u8x16_const(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	v128_t all = wasm_u8x16_splat(0), dashes = all;
	uint64_t kinds;

	for (uint32_t at = start; at < end; at += 16) {
		uint32_t left = end - at < 16 ? end - at : 16;
		v128_t within = wasm_u8x16_lt(places, wasm_u8x16_splat((uint8_t)left));
		v128_t most = wasm_u16x8_splat(0xff);
		v128_t bytes = wasm_u8x16_narrow_i16x8(wasm_u16x8_min(wasm_v128_load(codes + at), most),
						       wasm_u16x8_min(wasm_v128_load(codes + at + 8), most));
		v128_t here = wasm_v128_and(wasm_i8x16_swizzle(by_lower, wasm_v128_and(bytes, wasm_u8x16_splat(15))),
					    wasm_i8x16_swizzle(by_upper, upper_halves(bytes)));
		v128_t dash = wasm_v128_and(wasm_i8x16_eq(here, wasm_u8x16_splat(0)), within);

		here = wasm_v128_and(here, within);
		all = wasm_v128_or(all, here);
		dashes = wasm_v128_or(dashes, dash);
		/* Of + and / the highest bit is set. */
		signs[(at - start) / 16] = (uint16_t)wasm_i8x16_bitmask(wasm_v128_or(here, dash));
	}
	kinds = (uint64_t)wasm_i64x2_extract_lane(all, 0) | (uint64_t)wasm_i64x2_extract_lane(all, 1);
	kinds |= kinds >> 32;
	kinds |= kinds >> 16;
	kinds |= kinds >> 8;
	return (kinds & 1 ? LOWER_HEX : 0) | (kinds & 6 ? LOWER : 0) | (kinds & 8 ? UPPER_HEX : 0) | (kinds & 48 ? UPPER : 0) |
	       (kinds & 64 ? DIGIT : 0) | (kinds & 128 ? BASE64 : 0) | (wasm_v128_any_true(dashes) ? DASH : 0);
}

/* Small letters and signs alone are words; so are capitals and signs. Hex needs no digits. */
INLINE int may_mean(uint32_t kinds)
{
	return (kinds & DIGIT) || ((kinds & (UPPER_HEX | UPPER)) && (kinds & (LOWER_HEX | LOWER))) || !(kinds & ~LOWER_HEX) ||
	       !(kinds & ~UPPER_HEX);
}

/* The six bits that a character of base64 stands for, from '+' on. */
static const uint8_t six[] = {
	62, 0, 62, 0, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 0, 0, 0, 0, 0, 0, 0,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 0, 0, 0, 0, 63, 0,
	26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
};

/* The six bits of either of two characters of a run. */
INLINE uint32_t six_of(uint32_t one, uint32_t other)
{
	return six[codes[one] - '+'] | six[codes[other] - '+'];
}

/* Base64 that begins at `at` may be text: bit 7 of its first six bytes is 0. */
INLINE int begins_text(uint32_t at)
{
	return !(six_of(at, at + 4) & 0x20) && !(six_of(at + 1, at + 5) & 8) && !(six_of(at + 2, at + 6) & 2);
}

INLINE uint32_t nibble(uint32_t code)
{
	return code < ':' ? code - '0' : (code | 32) - 'a' + 10;
}

/* The two digits of hex at `at` are a byte of text. */
INLINE int is_text(uint32_t at)
{
	uint32_t byte = nibble(codes[at]) << 4 | nibble(codes[at + 1]);

	return (byte >= 32 && byte < 127) || byte == 9 || byte == 10 || byte == 13;
}

/* Small hex digits behind a path or a name, at the run's end. */
INLINE int ends_in_hex(uint32_t start, uint32_t end)
{
	uint32_t at = end;

	while (at > start && ((codes[at - 1] >= '0' && codes[at - 1] <= '9') || (codes[at - 1] >= 'a' && codes[at - 1] <= 'f')))
		at--;
	return end - at >= SHORTEST_HEX && at > start && (codes[at - 1] == '/' || codes[at - 1] == '-' || codes[at - 1] == '_');
}

/* The first sign of the run at `at` or behind; `end` when there is none. */
INLINE uint32_t next_sign(uint32_t start, uint32_t end, uint32_t at)
{
	uint32_t word = (at - start) / 16, last = (end - start + 15) / 16;
	uint32_t bits = word < last ? (uint32_t)signs[word] >> (at - start) % 16 << (at - start) % 16 : 0;

	while (!bits && ++word < last)
		bits = signs[word];
	return bits ? start + 16 * word + __builtin_ctz(bits) : end;
}

/* False when decodeRun of context/run.ts, by its first look, would find nothing encoded in the run, a part of the block. */
INLINE int may_be_encoded(uint32_t start, uint32_t end, uint32_t kinds)
{
	uint32_t tries = 0;

	if (!(kinds & ~(LOWER_HEX | DIGIT)) || !(kinds & ~(UPPER_HEX | DIGIT)))
		return end - start >= SHORTEST_HEX && is_text(start) && is_text(start + 2);
	if (!(kinds & (UPPER_HEX | UPPER)) || !(kinds & (LOWER_HEX | LOWER)))
		return (kinds & DIGIT) && ends_in_hex(start, end);
	if (begins_text(start))
		return 1;
	for (uint32_t at = next_sign(start, end, start); at + 1 + SHORTEST_RUN <= end && tries < MOST_TRIES; tries++) {
		if (begins_text(at + 1))
			return 1;
		at = next_sign(start, end, at + 1);
	}
	return 0;
}

/* Whether a secret without anchor may begin at the run or behind a slash in it. */
INLINE int may_have_form(uint32_t start, uint32_t end, uint32_t kinds)
{
	if (!(kinds & (UPPER_HEX | UPPER)) || !(kinds & DIGIT))
		return 0;
	if (beginning[codes[start]])
		return 1;
	if (!(kinds & BASE64))
		return 0;
	for (uint32_t at = next_sign(start, end, start); at + 1 < end; at = next_sign(start, end, at + 1))
		if (codes[at] == '/' && beginning[codes[at + 1]])
			return 1;
	return 0;
}

/* Notes the run from `start` to `end`, places of the text. */
static void take_run(struct text *text, int32_t start, int32_t end)
{
	struct found *found = &text->found;
	int32_t *run = found->run + 3 * found->runs;
	int whole = start >= text->from;
	uint32_t first = whole ? (uint32_t)(start - text->from) : 0, last = (uint32_t)(end - text->from);
	uint32_t kinds = kinds_of(first, last) | (whole ? 0 : text->kinds_before);

	if (!may_mean(kinds))
		return;
	if (!whole || may_be_encoded(first, last, kinds))
		kinds |= ENCODED;
	if (!whole || may_have_form(first, last, kinds))
		kinds |= UNMARKED;
	run[0] = start;
	run[1] = end;
	run[2] = (int32_t)kinds;
	found->runs++;
}

/* The block is over: the run with which it ends may go on in the next one. */
static void keep_kinds(struct text *text, uint32_t length)
{
	int32_t end = text->from + (int32_t)length;
	/* 64 characters of a run are an open one. */
	int32_t start = text->open >= 0 ? text->open : end - __builtin_clzll(~text->in_run);
	int whole = start >= text->from;
	uint32_t kinds = kinds_of(whole ? (uint32_t)(start - text->from) : 0, length);

	text->kinds_before = kinds | (whole ? 0 : text->kinds_before);
}

/* The runs that end in this word: `in_run` says which of its characters may stand in one, `twelfth` which are at least the twelfth. */
INLINE void take_runs(struct text *text, int32_t at, uint64_t in_run, uint64_t twelfth)
{
	uint64_t starts = twelfth & ~up(twelfth, text->open >= 0 ? 1ull << 63 : 0, 1);

	if (text->open >= 0 && ~in_run) {
		take_run(text, text->open, at + __builtin_ctzll(~in_run));
		text->open = -1;
	}
	for (; starts; starts &= starts - 1) {
		int bit = __builtin_ctzll(starts);
		int32_t start = at + bit - (SHORTEST_RUN - 1);
		uint64_t behind = ~in_run >> bit;

		if (!behind) {
			text->open = start;
			break;
		}
		take_run(text, start, at + bit + __builtin_ctzll(behind));
	}
}

INLINE void take_calm(struct found *found, int32_t start, int32_t end, int32_t words)
{
	/* The end of the text may end the last one. */
	if (end - start < SHORTEST_WALLET || words < WORDS - 1)
		return;
	found->calm[2 * found->calms] = start;
	found->calm[2 * found->calms++ + 1] = end;
}

/* The stretches without strangers that end in this word, with words enough. `ends`: behind which small letters ended. */
INLINE void take_calms(struct text *text, int32_t at, uint64_t strangers, uint64_t ends)
{
	/* A stretch within the word has all of these. */
	const uint64_t middle = (1ull << SHORTEST_WALLET) - (1ull << (64 - SHORTEST_WALLET));
	int first, last;

	if (!strangers) {
		text->words += __builtin_popcountll(ends);
		return;
	}
	first = __builtin_ctzll(strangers);
	last = 63 - __builtin_clzll(strangers);
	if (at + first - text->stranger > SHORTEST_WALLET) {
		int32_t words = text->words + __builtin_popcountll(ends & ((2ull << first) - 1)) - text->words_before;

		take_calm(&text->found, text->stranger + 1, at + first, words);
	}
	if (!(strangers & middle)) {
		uint64_t low = strangers & ((1ull << (64 - SHORTEST_WALLET)) - 1);
		uint64_t high = strangers & ~((1ull << SHORTEST_WALLET) - 1);

		if (low && high)
			take_calm(&text->found, at + 64 - __builtin_clzll(low), at + __builtin_ctzll(high),
				  __builtin_popcountll(ends & ~((2ull << (63 - __builtin_clzll(low))) - 1) &
						       ((2ull << __builtin_ctzll(high)) - 1)));
	}
	text->stranger = at + last;
	text->words_before = text->words + __builtin_popcountll(ends & ((2ull << last) - 1));
	text->words += __builtin_popcountll(ends);
}

/*
 * One word of 64 characters. A token is what lies between two characters that stand in no run. In a wallet there are small
 * words of three to eight letters, numbers of one or two digits, and up to six characters between them, of those that
 * `between` has; a token that is neither is a stranger, and so is any other character, whatever stands behind it.
 */
INLINE void take_word(struct text *text, int32_t at, uint64_t in_run, uint64_t small, uint64_t digit, uint64_t between)
{
	uint64_t run_before = text->in_run;
	uint64_t two = in_run & up(in_run, run_before, 1), two_before = run_before & run_before << 1;
	uint64_t four = two & up(two, two_before, 2), four_before = two_before & two_before << 2;
	uint64_t eight = four & up(four, four_before, 4);
	uint64_t after_small = up(small, text->small, 1), after_digit = up(digit, text->digit, 1);
	uint64_t small2 = small & after_small, small2_before = text->small & text->small << 1;
	uint64_t small4 = small2 & up(small2, small2_before, 2), small4_before = small2_before & small2_before << 2;
	uint64_t small8 = small4 & up(small4, small4_before, 4);
	uint64_t second = up(in_run, run_before, 2), third = up(in_run, run_before, 3);
	uint64_t ends = ~in_run & after_small;
	/* Seven in a row. */
	uint64_t gap = between & up(between, text->between, 1), gap_before = text->between & text->between << 1;
	uint64_t gaps = gap & up(gap, gap_before, 2) & up(gap, gap_before, 4) & up(between, text->between, 6);
	uint64_t strangers = ~(small | digit | between) | gaps |
			     (small8 & up(small, text->small, 8)) |
			     (small & after_digit) | (digit & after_small) |
			     (digit & after_digit & up(digit, text->digit, 2)) |
			     (ends & ~(second & third));

	take_runs(text, at, in_run, eight & up(four, four_before, 8));
	take_calms(text, at, strangers, ends);
	text->in_run = in_run;
	text->small = small;
	text->digit = digit;
	text->between = between;
}

/* ---- characters ---- */

/*
 * What a character may be, told by the two halves of its code: what both tables have at them. A kind that has a bit of its own is
 * exact, so each is a rectangle of halves; that is why letters are three and digits lie with `P` to `Y`. The tables of what stands in runs and
 * between words:
 */
enum {
	FIGURE_OR_P_TO_Y = 1,
	J_OR_Z = 2,
	LETTER_TO_O = 4,
	SIGN = 8,		/* + - / */
	UNDERSCORE = 16,
	SPACE_OR_TICK = 32,	/* space, `, 0x10 */
	CONTROL = 64,		/* but for NUL and 0x10 */
	MARK = 128,		/* " ' , . ) */
	IN_RUN = FIGURE_OR_P_TO_Y | J_OR_Z | LETTER_TO_O | SIGN | UNDERSCORE,
	BETWEEN = SPACE_OR_TICK | CONTROL | MARK,
};

#define RUNS_BY_LOWER_HALF                                                                                           \
	FIGURE_OR_P_TO_Y | SPACE_OR_TICK, FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL,                                  \
		FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL | MARK, FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL,           \
		FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL, FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL,                  \
		FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL, FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL | MARK,           \
		FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL, FIGURE_OR_P_TO_Y | LETTER_TO_O | CONTROL | MARK,           \
		J_OR_Z | LETTER_TO_O | CONTROL, LETTER_TO_O | CONTROL | SIGN, LETTER_TO_O | CONTROL | MARK,          \
		LETTER_TO_O | CONTROL | SIGN, LETTER_TO_O | CONTROL | MARK, LETTER_TO_O | CONTROL | SIGN | UNDERSCORE
#define RUNS_BY_UPPER_HALF                                                                                           \
	CONTROL, CONTROL | SPACE_OR_TICK, SIGN | MARK | SPACE_OR_TICK, FIGURE_OR_P_TO_Y, LETTER_TO_O | J_OR_Z,       \
		FIGURE_OR_P_TO_Y | J_OR_Z | UNDERSCORE, LETTER_TO_O | J_OR_Z | SPACE_OR_TICK, FIGURE_OR_P_TO_Y | J_OR_Z, \
		0, 0, 0, 0, 0, 0, 0, 0

/* The tables of what encodes, of what joins pieces, and of digits, whose bit is the highest: it needs no look at the others. */
enum {
	QUOTE = 16,		/* " ' */
	JOINT = 32,		/* \ ^ */
	TICK_OR_BORDER = 64,	/* ` NUL */
	FIGURE = 128,
	GLUE = QUOTE | JOINT | TICK_OR_BORDER,
};

#define GLUE_BY_LOWER_HALF                                                                                           \
	TICK_OR_BORDER | FIGURE, FIGURE, QUOTE | FIGURE, FIGURE, FIGURE, PERCENT | FIGURE, AMPERSAND | FIGURE,       \
		QUOTE | FIGURE, FIGURE, FIGURE, 0, ESCAPE, BACKSLASH | JOINT, 0, JOINT, 0
#define GLUE_BY_UPPER_HALF                                                                                           \
	TICK_OR_BORDER, ESCAPE, PERCENT | AMPERSAND | QUOTE, FIGURE, 0, BACKSLASH | JOINT, TICK_OR_BORDER, 0,        \
		0, 0, 0, 0, 0, 0, 0, 0

/* A bit for each character that is none of `kind`. */
INLINE uint64_t is_not(v128_t kinds, uint8_t kind, uint32_t part)
{
	v128_t none = wasm_i8x16_eq(wasm_v128_and(kinds, wasm_u8x16_splat(kind)), wasm_u8x16_splat(0));

	return (uint64_t)wasm_i8x16_bitmask(none) << part;
}

/* A bit for each character whose highest one is set. */
INLINE uint64_t bits(v128_t bytes, uint32_t part)
{
	return (uint64_t)wasm_i8x16_bitmask(bytes) << part;
}

/* The block's characters by what they are: of a run, of a word, glue. */
static __attribute__((noinline)) void classify(struct text *text, uint32_t length)
{
	const v128_t runs_by_lower = wasm_u8x16_const(RUNS_BY_LOWER_HALF), runs_by_upper = wasm_u8x16_const(RUNS_BY_UPPER_HALF);
	const v128_t glue_by_lower = wasm_u8x16_const(GLUE_BY_LOWER_HALF), glue_by_upper = wasm_u8x16_const(GLUE_BY_UPPER_HALF);
	v128_t seen = wasm_u8x16_splat(0);
	uint64_t all;

	for (uint32_t word = 0; word < length; word += 64) {
		/* Of runs, words and glue a bit for each of the 64 characters that is none. */
		uint64_t in_run = 0, between = 0, joints = 0, from_a = 0, digit = 0;

		for (uint32_t part = 0; part < 64; part += 16) {
			const v128_t *from = (const v128_t *)(codes + word + part);
			/* Narrowing takes numbers with a sign: 0x8000 would become a NUL. */
			v128_t most = wasm_u16x8_splat(0xff);
			v128_t bytes = wasm_u8x16_narrow_i16x8(wasm_u16x8_min(from[0], most), wasm_u16x8_min(from[1], most));
			v128_t lower = wasm_v128_and(bytes, wasm_u8x16_splat(15)), upper = upper_halves(bytes);
			v128_t runs = wasm_v128_and(wasm_i8x16_swizzle(runs_by_lower, lower),
						    wasm_i8x16_swizzle(runs_by_upper, upper));
			v128_t others = wasm_v128_and(wasm_i8x16_swizzle(glue_by_lower, lower),
						      wasm_i8x16_swizzle(glue_by_upper, upper));

			seen = wasm_v128_or(seen, others);
			in_run |= is_not(runs, IN_RUN, part);
			between |= is_not(runs, BETWEEN, part);
			joints |= is_not(others, GLUE, part);
			/* Numbers with a sign: what stands in a run from here on are small letters. */
			from_a |= bits(wasm_i8x16_gt(bytes, wasm_i8x16_splat('a' - 1)), part);
			digit |= bits(others, part);
		}
		glue[word / 64] = ~joints;
		take_word(text, text->from + (int32_t)word, ~in_run, from_a & ~in_run, digit, ~between);
	}
	all = (uint64_t)wasm_i64x2_extract_lane(seen, 0) | (uint64_t)wasm_i64x2_extract_lane(seen, 1);
	all |= all >> 32;
	all |= all >> 16;
	all |= all >> 8;
	text->found.encodings |= all & (PERCENT | BACKSLASH | AMPERSAND | ESCAPE);
}

/* ---- words of commands ---- */

/* What lies between the words of a command line or ends it: PARTS_WORDS of context/command.ts, by the halves of its code. */
enum {
	GAP = 1,		/* the first 32 */
	IN_THIRD_ROW = 2,	/* space " $ & ' ) , */
	BACKSLASH_OR_BAR = 4,
	END = 8,		/* ; */
	BACKTICK = 16,
};

#define PARTS_BY_LOWER_HALF                                                                                          \
	GAP | IN_THIRD_ROW | BACKTICK, GAP, GAP | IN_THIRD_ROW, GAP, GAP | IN_THIRD_ROW, GAP, GAP | IN_THIRD_ROW,    \
		GAP | IN_THIRD_ROW, GAP, GAP | IN_THIRD_ROW, GAP, GAP | END, GAP | IN_THIRD_ROW | BACKSLASH_OR_BAR,  \
		GAP, GAP, GAP
#define PARTS_BY_UPPER_HALF                                                                                          \
	GAP, GAP, IN_THIRD_ROW, END, 0, BACKSLASH_OR_BAR, BACKTICK, BACKSLASH_OR_BAR, 0, 0, 0, 0, 0, 0, 0, 0

/* Writes to `parts` which of the characters of `home` from `start` to `end` part words; what stands behind them there as well. */
EXPORT("parts") void find_parts(uint32_t start, uint32_t end)
{
	const v128_t by_lower = wasm_u8x16_const(PARTS_BY_LOWER_HALF), by_upper = wasm_u8x16_const(PARTS_BY_UPPER_HALF);

	for (uint32_t at = start; at < end; at += 32) {
		uint32_t others = 0;

		for (uint32_t part = 0; part < 32; part += 16) {
			v128_t most = wasm_u16x8_splat(0xff);
			v128_t bytes = wasm_u8x16_narrow_i16x8(wasm_u16x8_min(wasm_v128_load(home + at + part), most),
							       wasm_u16x8_min(wasm_v128_load(home + at + part + 8), most));
			v128_t kinds = wasm_v128_and(
				wasm_i8x16_swizzle(by_lower, wasm_v128_and(bytes, wasm_u8x16_splat(15))),
				wasm_i8x16_swizzle(by_upper, upper_halves(bytes)));

			others |= wasm_i8x16_bitmask(wasm_i8x16_eq(kinds, wasm_u8x16_splat(0))) << part;
		}
		parts[(at - start) / 32] = ~others;
	}
}

/* The text that the host wrote to `home`, with NULs behind it, which it reads as well. */
INLINE void come_home(uint32_t length)
{
	const v128_t nothing = wasm_u16x8_splat(0);

	for (uint32_t i = 0; i < MARGIN; i += 8)
		wasm_v128_store(home + length + i, nothing);
	for (uint32_t i = 0; i < length + MARGIN; i += 8)
		wasm_v128_store(codes + i, wasm_v128_load(home + i));
}

/*
 * Goes on with the text of `level` over the `length` code units in `codes`: BLOCK, or the rest of the text and NULs behind
 * it up to the next 64. `is_last`: nothing follows. `at_home`: the text, all of it, is in `home` as yet.
 */
EXPORT("go") void go_on(uint32_t level, uint32_t length, int32_t is_last, int32_t at_home)
{
	struct text *text = &texts[level];
	struct found *found = &text->found;
	uint32_t state;

	if (at_home)
		come_home(length);
	found->runs = found->calms = 0;
	classify(text, length);
	if (is_wide) {
		state = walk(text->state, length, 1);
		note(text, length, 1);
	} else {
		state = walk(text->state, length, 0);
		note(text, length, 0);
	}
	text->state = state;
	if (!is_last)
		keep_kinds(text, length);
	else if (text->open >= 0)
		take_run(text, text->open, text->from + (int32_t)length);
	text->from += (int32_t)length;
	if (!is_last)
		return;
	take_calm(found, text->stranger + 1, text->from, text->words - text->words_before);
}
