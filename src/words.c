/* words.c: see words.h. Async-signal-safe. */
#include "words.h"

#define GUESS_LENGTH 31

static char folded(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct word word_of(const char *text) {
	return (struct word){text, strlen(text)};
}

struct word word_after(struct word w, size_t length) {
	return (struct word){w.text + length, w.length - length};
}

bool word_next(const char **rest, char separator, struct word *w) {
	if (!*rest)
		return false;
	w->text = *rest;
	while (**rest && **rest != separator)
		++*rest;
	w->length = (size_t)(*rest - w->text);
	*rest = **rest ? *rest + 1 : NULL;
	return true;
}

struct word word_trim(struct word w) {
	while (w.length && (w.text[0] == ' ' || w.text[0] == '\t'))
		w = word_after(w, 1);
	while (w.length && (w.text[w.length - 1] == ' ' || w.text[w.length - 1] == '\t'))
		w.length--;
	return w;
}

bool word_begins(struct word w, const char *prefix) {
	size_t n = 0;
	while (prefix[n] && n < w.length && folded(w.text[n]) == folded(prefix[n]))
		n++;
	return prefix[n] == '\0';
}

bool word_same(struct word a, struct word b) {
	size_t n = 0;
	while (n < a.length && n < b.length && folded(a.text[n]) == folded(b.text[n]))
		n++;
	return n == a.length && n == b.length;
}

bool word_is(struct word w, const char *name) {
	size_t n = 0;
	while (n < w.length && name[n] && folded(w.text[n]) == folded(name[n]))
		n++;
	return n == w.length && name[n] == '\0';
}

struct word_text word_text(struct word w) {
	struct word_text t;
	size_t n = w.length < sizeof t.text ? w.length : sizeof t.text - 1;
	memcpy(t.text, w.text, n);
	t.text[n] = '\0';
	return t;
}

int64_t word_number(struct word w) {
	int64_t n = 0;
	for (size_t i = 0; i < w.length; i++) {
		if (w.text[i] < '0' || w.text[i] > '9')
			return -1;
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, w.text[i] - '0', &n))
			return -1;
	}
	return w.length ? n : -1;
}

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

/* How many letters must be put in, left out, changed or swapped with their neighbour. Three rows of the table are enough. */
static size_t distance(struct word a, struct word b) {
	unsigned char rows[3][GUESS_LENGTH + 1];
	for (size_t j = 0; j <= b.length; j++)
		rows[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= a.length; i++) {
		unsigned char *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b.length; j++) {
			char x = folded(a.text[i - 1]), y = folded(b.text[j - 1]);
			size_t d = least(least(row[j - 1], above[j]) + 1u, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == folded(b.text[j - 2]) && folded(a.text[i - 2]) == y)
				d = least(d, second[j - 2] + 1u);
			row[j] = (unsigned char)d;
		}
	}
	return rows[a.length % 3][b.length];
}

void guess_offer(struct guess *g, struct word w) {
	size_t near = 1 + least(g->typed.length, w.length) / 4;
	if (g->typed.length > GUESS_LENGTH || w.length > GUESS_LENGTH)
		return;
	size_t d = distance(g->typed, w);
	if (d > near || (g->best.length && d >= g->distance))
		return;
	g->best = w;
	g->distance = d;
}
