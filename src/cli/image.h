/* cli/image.h: what one ELF file says of itself. Read with libelf; nothing of it is executed. */
#ifndef SIGTAME_IMAGE_H
#define SIGTAME_IMAGE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct strings {
	char **list;
	size_t count;
};

struct image {
	char path[PATH_MAX];
	int elf_class, machine;
	struct strings imports, needed;
	char *runpath, *rpath;      /* NULL: none */
	bool defines_malloc, has_gc, is_go, scanned;
	size_t raw_calls; /* system call instructions in its text, if scanned */
};

/* 0 or an errno; ENOEXEC if it is no ELF file. */
int image_read(const char *path, struct image *);
void image_free(struct image *);

void strings_add(struct strings *, const char *text);
bool strings_have(const struct strings *, const char *text);

#endif
