/* cli/tracefile.c: see tracefile.h. */
#include "tracefile.h"

#include "base.h"
#include "command.h"
#include "library.h"
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(const char *path, const struct trace_header *h, off_t size) {
	if (memcmp(h->magic, TRACE_MAGIC, sizeof h->magic) != 0)
		return fail(STATUS_FAILED, "%s: not a trace of this version of sigtame; the version that wrote it reads it", path);
	if (h->record_size != sizeof(struct trace_record) || h->header_size != TRACE_HEADER_SIZE || h->records == 0 ||
		size < (off_t)(h->header_size + (uint64_t)h->records * h->record_size))
		return fail(STATUS_FAILED, "%s: a trace that is cut short or damaged; sigtame trace makes another", path);
	return 0;
}

/* Those from the oldest that is still there on; a host that runs may overtake us, and its record is not whole then. */
static void collect(struct tracefile *t, const struct trace_record *ring) {
	uint64_t next = t->header.next, first = next > t->header.records ? next - t->header.records : 0;
	t->records = calloc(next - first ? next - first : 1, sizeof *t->records);
	for (uint64_t n = first; t->records && n < next; n++) {
		const struct trace_record *r = &ring[n % t->header.records];
		if (r->sequence == n + 1 && r->event > TRACE_NONE && r->event < TRACE_EVENTS)
			t->records[t->count++] = *r;
	}
	t->lost = next - t->count;
}

static int read_all(const char *path, int fd, struct tracefile *t) {
	struct stat st;
	if (read(fd, &t->header, sizeof t->header) != sizeof t->header || fstat(fd, &st) != 0)
		return fail(STATUS_FAILED, "%s: not a trace: it is too short; sigtame trace makes one", path);
	int status = check(path, &t->header, st.st_size);
	if (status != 0)
		return status;
	size_t size = (size_t)t->header.records * t->header.record_size;
	struct trace_record *ring = malloc(size);
	if (ring == NULL || pread(fd, ring, size, t->header.header_size) != (ssize_t)size)
		status = fail(STATUS_FAILED, "%s: a trace that is cut short or damaged; sigtame trace makes another", path);
	else
		collect(t, ring);
	free(ring);
	return status;
}

int tracefile_read(const char *path, struct tracefile *t) {
	memset(t, 0, sizeof *t);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNSTARTED, "%s: it cannot be read: %s; sigtame trace makes a trace", path, strerror(errno));
	int status = read_all(path, fd, t);
	close(fd);
	return status;
}

void tracefile_free(struct tracefile *t) { free(t->records); }

const char *tracefile_event(const struct trace_record *r) {
	static const char *const names[TRACE_EVENTS] = {
#define TRACE_EVENT(name, word, what) [TRACE_##name] = word,
#include "trace_event.def"
	};
	return names[r->event];
}

/* ---- The library's own functions: a call on its short way is known by its address alone. ---- */

struct function {
	uint64_t start, end;
	char name[32];
};
static struct function *functions;
static size_t function_count;

/* A row of calls.def is exported under its name, or on_name() stands behind it; what else there is says nothing to a user. */
static const char *call_name(const char *symbol, bool exported) {
	if (exported)
		return symbol;
	return strncmp(symbol, "on_", 3) == 0 ? symbol + 3 : NULL;
}

static void add_functions(Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	GElf_Sym symbol;
	struct function *more = data ? realloc(functions, (function_count + n + 1) * sizeof *more) : NULL;
	functions = more ? more : functions;
	for (size_t i = 0; more && i < n && gelf_getsym(data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
		name = name && symbol.st_size && GELF_ST_TYPE(symbol.st_info) == STT_FUNC ? call_name(name, header->sh_type == SHT_DYNSYM) : NULL;
		if (name == NULL)
			continue;
		struct function *f = &functions[function_count++];
		*f = (struct function){symbol.st_value, symbol.st_value + symbol.st_size, ""};
		snprintf(f->name, sizeof f->name, "%s", name);
	}
}

static void read_functions(void) {
	static bool done;
	const char *library = done ? NULL : library_find();
	int fd = library ? open(library, O_RDONLY | O_CLOEXEC) : -1;
	done = true;
	if (fd < 0)
		return;
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	GElf_Shdr header;
	for (Elf_Scn *s = NULL; elf && (s = elf_nextscn(elf, s)) != NULL;)
		if (gelf_getshdr(s, &header) && (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB))
			add_functions(elf, s, &header);
	elf_end(elf);
	close(fd);
}

static const char *function_at(uint64_t offset) {
	read_functions();
	for (size_t i = 0; i < function_count; i++)
		if (offset >= functions[i].start && offset < functions[i].end)
			return functions[i].name;
	return "a call";
}

const char *tracefile_place(const struct trace_record *r) {
	if (r->call[0])
		return r->call;
	switch (r->place) {
	case TRACE_IN_CALL: return r->number && r->event == TRACE_ARRIVED ? function_at(r->address - r->number) : "a call";
	case TRACE_IN_TEXT: return "own text";
	case TRACE_IN_LIBRARY: return "library";
	}
	return r->event == TRACE_ARRIVED ? "unknown" : "";
}
