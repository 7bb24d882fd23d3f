/* cli/check_file.c: `sigtame check FILE`: the verdict, then what it rests on. */
#include "examine.h"

#include "base.h"
#include "command.h"
#include "host.h"
#include "libraries.h"
#include "safe.h"
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const interposed[] = {
#define BEHIND(name)
#define NAME(name) #name,
#include "names.h"
#undef NAME
};

static const struct uncured {
	const char *name, *why;
} uncured[] = {
#define UNCURED(name, why) {#name, why},
#include "uncured.def"
};

/* What sets a handler. */
static const char *const setters[] = {"sigaction", "__sigaction", "signal", "bsd_signal", "ssignal", "sysv_signal", "__sysv_signal", "sigset", "sigvec"};

struct findings {
	const char *handlers, *own_malloc, *gc, *jvm, *go; /* the first object where it was seen, or NULL */
	size_t interposed, uncured, raw_objects;
	bool serves; /* it accepts connections */
};

static const char *base_name(const char *path) { return strrchr(path, '/') ? strrchr(path, '/') + 1 : path; }

static bool is_libc(const char *path) {
	static const char *const names[] = {"libc.so", "libpthread.so", "libdl.so", "librt.so", "libm.so", "ld-linux", "libresolv.so"};
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strncmp(base_name(path), names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static size_t count_of(const struct image *m, const char *const *names, size_t count) {
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		found += strings_have(&m->imports, names[i]);
	return found;
}

static void look(const struct image *m, struct findings *f) {
	const char *name = base_name(m->path);
	if (!f->handlers && count_of(m, setters, ARRAY_LENGTH(setters)))
		f->handlers = name;
	if (!f->own_malloc && m->defines_malloc)
		f->own_malloc = name;
	if (!f->gc && (strncmp(name, "libgc.so", 8) == 0 || m->has_gc))
		f->gc = name;
	if (!f->jvm && (strncmp(name, "libjvm.so", 9) == 0 || strncmp(name, "libjli.so", 9) == 0))
		f->jvm = name;
	if (!f->go && m->is_go)
		f->go = name;
	f->raw_objects += m->raw_calls > 0;
}

static struct findings find(const struct libraries *l) {
	struct findings f = {0};
	for (size_t i = 0; i < l->count; i++)
		if (i == 0 || !is_libc(l->images[i].path))
			look(&l->images[i], &f);
	f.interposed = count_of(&l->images[0], interposed, ARRAY_LENGTH(interposed));
	f.serves = strings_have(&l->images[0].imports, "accept") || strings_have(&l->images[0].imports, "accept4");
	for (size_t i = 0; i < ARRAY_LENGTH(uncured); i++)
		f.uncured += strings_have(&l->images[0].imports, uncured[i].name);
	return f;
}

static void print_setting(const struct findings *f) {
	if (f->jvm || f->go) {
		printf("It wants SIGTAME_PROFILE=posix: %s has handlers of its own that must not be deferred.\n", f->jvm ? f->jvm : f->go);
		return;
	}
	if (f->gc)
		printf("It wants SIGTAME_DEFER=all,-PROF,-PWR,-XCPU: with these signals the collector (%s) stops its threads.\n", f->gc);
	if (f->handlers && f->own_malloc)
		puts("A daemon wants SIGTAME_FORCE_AFTER=never: a forced handler may interrupt its own malloc.");
	else if (f->handlers && f->serves)
		puts("A network daemon wants SIGTAME_FORCE_AFTER=never: a forced handler may interrupt malloc.");
	else if (!f->gc)
		puts("It wants no setting of its own.");
}

static void print_verdict(const char *name, const struct host *h, const struct findings *f) {
	if (h->reach != HOST_REACHED) {
		const char *blank = h->interpreter[0] ? " " : "";
		printf("%s: sigtame cannot reach it: %s%s%s is %s.\n", name, h->interpreter[0] ? "its interpreter" : "it", blank, h->interpreter, host_reason(h));
		return;
	}
	printf("%s: sigtame reaches it; %zu of the %zu signal and blocking functions that it imports are interposed.\n", name, f->interposed,
	       f->interposed + f->uncured);
	print_setting(f);
}

static void print_image(const struct image *m, const char *interposed_title) {
	printf("\n%s\n", m->path);
	size_t found = count_of(m, interposed, ARRAY_LENGTH(interposed));
	printf("  %s: %zu%s", interposed_title, found, found ? ":" : "");
	for (size_t i = 0; i < ARRAY_LENGTH(interposed); i++)
		if (strings_have(&m->imports, interposed[i]))
			printf(" %s", interposed[i]);
	putchar('\n');
	for (size_t i = 0; i < ARRAY_LENGTH(uncured); i++)
		if (strings_have(&m->imports, uncured[i].name))
			printf("  not interposed: %s: %s\n", uncured[i].name, uncured[i].why);
	if (strings_have(&m->imports, "dlopen"))
		puts("  loads objects as it runs (dlopen), which are not examined here");
	if (m->defines_malloc)
		puts("  brings its own malloc");
	if (m->raw_calls)
		printf("  system calls in its own text: %zu, which are not seen\n", m->raw_calls);
	if (m->is_go)
		puts("  Go code: its runtime makes its own system calls");
}

/* Of the C library: a handler that arrives there as natively runs into it. */
static bool is_unsafe_function(const char *name) {
	Dl_info info;
	ElfW(Sym) *symbol = NULL;
	void *at = safe_allows(name) ? NULL : dlsym(RTLD_DEFAULT, name);
	if (!at || !dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
		return false;
	return is_libc(info.dli_fname) && ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT;
}

static void print_unsafe(const struct image *m) {
	size_t found = 0;
	for (size_t i = 0; i < m->imports.count; i++)
		if (is_unsafe_function(m->imports.list[i]) && strncmp(safe_plain(m->imports.list[i]).text, "__", 2) != 0)
			printf("%s %s", found++ ? "" : "  may run into what signal-safety(7) does not list, if not deferred:", safe_plain(m->imports.list[i]).text);
	if (found)
		putchar('\n');
}

static void print_findings(const struct findings *f, const struct image *program) {
	puts("\nHandlers");
	if (f->handlers)
		printf("  set by %s, and perhaps by others\n", f->handlers);
	else
		puts("  none is set by what is examined here");
	if (f->handlers)
		print_unsafe(program);
	if (f->own_malloc)
		printf("  may run into the malloc of %s; SIGTAME_TEXT_AFTER has no effect there\n", f->own_malloc);
	if (f->raw_objects)
		puts("  system calls are counted on x86-64 where 0f 05 follows within 24 bytes an instruction that sets eax, and is no displacement");
}

static void print_details(const struct host *h, const struct libraries *l, const struct findings *f) {
	if (h->interpreter[0])
		printf("\nA script: its interpreter %s is examined.\n", h->interpreter);
	if (strcmp(base_name(h->interpreter), "env") == 0)
		puts("That one starts another program in its own place: sigtame check says of that one by its own name.");
	for (size_t i = 0; i < l->count; i++)
		if (i == 0 || !is_libc(l->images[i].path))
			print_image(&l->images[i], h->reach == HOST_REACHED ? "interposed" : "would be interposed");
	for (size_t i = 0; i < l->missing.count; i++)
		printf("\n%s: not found\n", l->missing.list[i]);
	if (h->reach == HOST_REACHED)
		print_findings(f, &l->images[0]);
}

int check_file(const char *word) {
	struct host h;
	struct libraries l;
	int status = host_open(word, &h);
	if (status != 0)
		return status;
	const char *program = h.interpreter[0] ? h.interpreter : h.path;
	if (access(h.path, R_OK) != 0 || access(program, R_OK) != 0)
		return fail(STATUS_UNSTARTED, "check: %s: it cannot be read: %s; ask as a user who may read it", word, strerror(errno));
	if (h.reach == HOST_DAMAGED || h.reach == HOST_UNKNOWN) {
		print_verdict(word, &h, NULL);
		return finish(0);
	}
	int error = libraries_read(program, &l);
	if (error != 0)
		return fail(STATUS_UNSTARTED, "check: %s: it cannot be read: %s; ask as a user who may read it", program, strerror(error));
	struct findings f = find(&l);
	print_verdict(word, &h, &f);
	print_details(&h, &l, &f);
	libraries_free(&l);
	return finish(0);
}
