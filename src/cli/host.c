/* cli/host.c: see host.h. */
#include "host.h"

#include "base.h"
#include "command.h"
#include "host_find.h"
#include <fcntl.h>
#include <gelf.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SCRIPTS_DEEP 4 /* the kernel's own limit for interpreters of interpreters */

static void judge(struct host *h, enum host_reach reach, const char *detail) {
	h->reach = reach;
	snprintf(h->detail, sizeof h->detail, "%s", detail);
}

static const char *class_of(const GElf_Ehdr *header) { return header->e_ident[EI_CLASS] == ELFCLASS32 ? "32-bit" : "64-bit"; }

/* A shared object that is no program has a name, or needs others without a loader, or begins nowhere. */
static bool has_name_or_needs(Elf *elf, const GElf_Phdr *dynamic) {
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)dynamic->p_offset, dynamic->p_filesz, ELF_T_DYN);
	GElf_Dyn entry;
	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++)
		if (entry.d_tag == DT_SONAME || entry.d_tag == DT_NEEDED)
			return true;
	return false;
}

static void read_loader(Elf *elf, const GElf_Phdr *ph, struct host *h) {
	size_t size = 0;
	const char *file = elf_rawfile(elf, &size);
	if (file && ph->p_offset < size && ph->p_filesz <= size - ph->p_offset && ph->p_filesz < sizeof h->loader) {
		memcpy(h->loader, file + ph->p_offset, ph->p_filesz);
		h->loader[ph->p_filesz] = '\0';
	}
}

/* A loader without a loader of its own: started as a program it loads what it is given, the preloads too. */
static bool is_loader(const char *link) {
	char real[PATH_MAX];
	const char *path = realpath(link, real) ? real : link;
	const char *slash = strrchr(path, '/');
	return strncmp(slash ? slash + 1 : path, "ld-linux", 8) == 0;
}

static void judge_program(Elf *elf, const GElf_Ehdr *header, struct host *h) {
	size_t count = 0;
	bool library = header->e_entry == 0;
	GElf_Phdr ph;
	if (elf_getphdrnum(elf, &count) != 0 || count == 0)
		return judge(h, HOST_DAMAGED, "");
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph))
			return judge(h, HOST_DAMAGED, "");
		if (ph.p_type == PT_INTERP)
			read_loader(elf, &ph, h);
		if (ph.p_type == PT_DYNAMIC)
			library |= has_name_or_needs(elf, &ph);
	}
	if (h->loader[0] == '\0' && !is_loader(h->path))
		judge(h, library ? HOST_LIBRARY : header->e_type == ET_DYN ? HOST_STATIC_PIE : HOST_STATIC, "");
	else if (strstr(h->loader, "musl") || strstr(h->loader, "uClibc") || strstr(h->loader, "/system/bin/linker"))
		judge(h, HOST_OTHER_LIBC, h->loader);
}

#if defined __x86_64__
#define OWN_MACHINE EM_X86_64
#elif defined __aarch64__
#define OWN_MACHINE EM_AARCH64
#elif defined __i386__
#define OWN_MACHINE EM_386
#endif

static void judge_elf(Elf *elf, struct host *h) {
	GElf_Ehdr header;
	if (!gelf_getehdr(elf, &header))
		judge(h, HOST_DAMAGED, "");
	else if (header.e_ident[EI_CLASS] != (sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32))
		judge(h, HOST_OTHER_CLASS, class_of(&header));
#ifdef OWN_MACHINE
	else if (header.e_machine != OWN_MACHINE)
		judge(h, HOST_OTHER_CPU, "");
#endif
	else
		judge_program(elf, &header, h);
}

/* The interpreter behind "#!", without its argument. False: none is named, and the kernel does not know it. */
static bool read_script(int fd, char interpreter[PATH_MAX]) {
	char line[PATH_MAX];
	ssize_t n = pread(fd, line, sizeof line - 1, 0);
	if (n < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	char *name = line + 2 + strspn(line + 2, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	snprintf(interpreter, PATH_MAX, "%s", name);
	return *name != '\0';
}

static int open_at(const char *path, struct host *h, int depth);

static int open_interpreter(struct host *h, int depth) {
	struct host inner;
	int error = host_obstacle(h->interpreter);
	if (error)
		return host_interpreter_unstarted(h, error);
	int status = open_at(h->interpreter, &inner, depth + 1);
	h->reach = inner.reach;
	memcpy(h->detail, inner.detail, sizeof h->detail);
	memcpy(h->loader, inner.loader, sizeof h->loader);
	if (inner.interpreter[0])
		memcpy(h->interpreter, inner.interpreter, sizeof h->interpreter);
	return status;
}

static bool is_secure(int fd, struct host *h) {
	struct stat st;
	if (fstat(fd, &st) == 0 && (st.st_mode & (S_ISUID | S_ISGID)))
		judge(h, HOST_SETUID, st.st_mode & S_ISUID ? "set-user-ID" : "set-group-ID");
	else if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
		judge(h, HOST_CAPABILITIES, "");
	return h->reach != HOST_REACHED;
}

static bool begins_as_elf(int fd) {
	char magic[SELFMAG];
	return pread(fd, magic, SELFMAG, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* What the kernel does not know, execvp(3) gives to the shell. */
static bool is_text(int fd) {
	char start[128];
	ssize_t n = pread(fd, start, sizeof start, 0);
	return n >= 0 && memchr(start, '\0', (size_t)n) == NULL && !begins_as_elf(fd);
}

static bool find_interpreter(int fd, struct host *h) {
	if (read_script(fd, h->interpreter))
		return true;
	if (is_text(fd))
		snprintf(h->interpreter, sizeof h->interpreter, "%s", _PATH_BSHELL);
	return h->interpreter[0] != '\0';
}

static int look(int fd, struct host *h, int depth) {
	if (depth < SCRIPTS_DEEP && find_interpreter(fd, h))
		return open_interpreter(h, depth);
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		judge_elf(elf, h);
	else
		judge(h, begins_as_elf(fd) ? HOST_DAMAGED : HOST_UNKNOWN, "");
	if (h->reach == HOST_REACHED)
		is_secure(fd, h);
	if (elf)
		elf_end(elf);
	/* Another C library's would not help if it were there. */
	if (h->loader[0] && h->reach != HOST_OTHER_LIBC && access(h->loader, F_OK) != 0)
		return fail(STATUS_NOT_FOUND, "%s: its loader %s is not there; install its C library", h->path, h->loader);
	return 0;
}

/* A program that may be started and not read is started as it is. */
static int open_at(const char *path, struct host *h, int depth) {
	memset(h, 0, sizeof *h);
	snprintf(h->path, sizeof h->path, "%s", path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		judge(h, HOST_UNKNOWN, "");
		return 0;
	}
	int status = look(fd, h, depth);
	close(fd);
	return status;
}

int host_open(const char *word, struct host *h) {
	char path[PATH_MAX];
	int error = host_locate(word, path);
	return error ? host_unstarted(word, error) : open_at(path, h, 0);
}

const char *host_reason(const struct host *h) {
	static char text[2 * PATH_MAX];
	static const char *const reasons[] = {
		[HOST_REACHED] = "",
		[HOST_STATIC] = "statically linked: no loader reads LD_PRELOAD there; link it dynamically",
		[HOST_STATIC_PIE] = "statically linked (static-pie): no loader reads LD_PRELOAD there; link it dynamically",
		[HOST_LIBRARY] = "a shared library: programs load it, and none starts there; name one of them",
		[HOST_OTHER_CLASS] = "a %s program: it needs a library of that word size, and none is installed; install that one too",
		[HOST_OTHER_CPU] = "a program for another CPU: LD_PRELOAD cannot load this library into it",
		[HOST_OTHER_LIBC] = "a program of another C library (its loader is %s): this library needs glibc",
		[HOST_SETUID] = "%s: the loader ignores LD_PRELOAD there; start it as a copy without that bit",
		[HOST_CAPABILITIES] = "a program with file capabilities: the loader ignores LD_PRELOAD there; start it as a copy without them",
		[HOST_DAMAGED] = "a damaged ELF file: nothing can start it",
		[HOST_UNKNOWN] = "neither an ELF program nor a script: what starts it, if anything does, is not known",
	};
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, reasons[h->reach], h->detail);
	return text;
}
