/* injection.c: see injection.h. Async-signal-safe. */
#include "injection.h"

#include "duration.h"
#include "signals.h"

/* Those that are interposed. One string, with nothing for the loader to relocate. */
static const char calls[] =
#define BEHIND(name)
#define NAME(name) #name "\0"
#include "names.h"
#undef NAME
	;
#define EACH_CALL(name) (const char *name = calls; *name; name += strlen(name) + 1)

static bool bad(struct injection_fault *f, struct word item, const char *what) {
	f->item = item;
	f->what = what;
	return false;
}

static bool same(const char *text, size_t length, struct word w) { return length == w.length && memcmp(text, w.text, length) == 0; }

/* Without what the compiler and the headers put before it. */
static const char *without_start(const char *call) {
	static const char starts[][10] = {"__isoc99_", "__isoc23_", "__"};
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++)
		if (strncmp(call, starts[i], strlen(starts[i])) == 0)
			return call + strlen(starts[i]);
	return call;
}

static size_t without_end(const char *call, size_t length, const char *end) {
	size_t n = strlen(end);
	return length > n && memcmp(call + length - n, end, n) == 0 ? length - n : length;
}

bool injection_names(struct word typed, const char *call) {
	if (same(call, strlen(call), typed) || same("*", 1, typed))
		return true;
	call = without_start(call);
	size_t length = without_end(call, without_end(call, strlen(call), "_chk"), "_2");
	return same(call, length, typed) || same(call, without_end(call, length, "64"), typed);
}

/* One is called before main, the other is entered as vfork. */
static bool is_entered(const char *name) { return strcmp(name, "__libc_start_main") != 0 && strcmp(name, "__vfork") != 0; }

static bool is_call(struct word w) {
	for EACH_CALL(name)
		if (is_entered(name) && injection_names(w, name))
			return true;
	return false;
}

static bool parse_signal(struct word w, int rtmax, struct injection *in, struct injection_fault *f) {
	in->sig = signal_number(w.text, w.length, rtmax);
	if (in->sig < 0 || in->sig > rtmax) {
		f->guess = signal_guess(w);
		return bad(f, w, " is no signal");
	}
	if (SIGBIT(in->sig) & (SIGNALS_UNCAUGHT | SIGNALS_OF_LIBC))
		return bad(f, w, " cannot be caught");
	return true;
}

static bool parse_every(struct word w, struct injection *in, struct injection_fault *f) {
	const char *what = duration_parse(w, &in->every_ns);
	if (what == NULL && (in->every_ns == 0 || in->every_ns == DURATION_NEVER))
		what = " is no time between two signals";
	return what == NULL || bad(f, w, what[0] == ' ' ? what : " is no duration, as in 10ms");
}

static bool parse_call(struct word w, struct word number, bool numbered, struct injection *in, struct injection_fault *f) {
	in->call = w;
	in->number = numbered ? word_number(number) : 1;
	if (in->number < 1)
		return bad(f, number, " is no number of an entry; the first is 1");
	if (w.length == 0)
		return bad(f, w, "a call is missing behind the @");
	if (is_call(w))
		return true;
	struct guess guess = {.typed = w};
	for EACH_CALL(name)
		if (is_entered(name))
			guess_offer(&guess, word_of(name));
	f->guess = guess.best;
	return bad(f, w, " is no call that sigtame knows");
}

/* Up to the character, and what is behind it. */
static bool cut(struct word w, char at, struct word *before, struct word *behind) {
	size_t n = 0;
	while (n < w.length && w.text[n] != at)
		n++;
	*before = (struct word){w.text, n};
	*behind = n < w.length ? word_after(w, n + 1) : (struct word){w.text + n, 0};
	return n < w.length;
}

bool injection_parse(struct word w, int rtmax, struct injection *in, struct injection_fault *f) {
	struct word sig, place, call, number;
	*in = (struct injection){0};
	if (!cut(w, '@', &sig, &place))
		return bad(f, w, " has no @");
	if (!parse_signal(sig, rtmax, in, f))
		return false;
	bool numbered = cut(place, ':', &call, &number);
	return word_is(call, "every") ? parse_every(number, in, f) : parse_call(call, number, numbered, in, f);
}
