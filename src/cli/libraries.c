/* cli/libraries.c: see libraries.h. The order of ld.so(8): DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH, ld.so.cache, default directories. */
#include "libraries.h"

#include "base.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool try(const char *path, const struct image *for_image, struct image *found) {
	if (image_read(path, found) == 0 && found->elf_class == for_image->elf_class && found->machine == for_image->machine)
		return true;
	image_free(found);
	return false;
}

/* $ORIGIN and ${ORIGIN} stand for the directory of the object that asks, behind its symbolic links. */
static void expand(const char *text, size_t length, const char *object, char out[PATH_MAX]) {
	char real[PATH_MAX];
	const char *origin = realpath(object, real) ? real : object;
	static const char *const names[] = {"$ORIGIN", "${ORIGIN}"};
	int directory = (int)(strrchr(origin, '/') ? strrchr(origin, '/') - origin : 0);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const char *at = memmem(text, length, names[i], strlen(names[i]));
		if (at == NULL)
			continue;
		const char *rest = at + strlen(names[i]);
		snprintf(out, PATH_MAX, "%.*s%.*s%.*s", (int)(at - text), text, directory, origin, (int)(text + length - rest), rest);
		return;
	}
	snprintf(out, PATH_MAX, "%.*s", (int)length, text);
}

static bool search(const char *path, const char *name, const struct image *asks, struct image *found) {
	char directory[PATH_MAX], file[2 * PATH_MAX];
	for (const char *end; path && *path; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":;");
		expand(path, (size_t)(end - path), asks->path, directory);
		snprintf(file, sizeof file, "%s/%s", *directory ? directory : ".", name);
		if (try(file, asks, found))
			return true;
	}
	return false;
}

/* ---- /etc/ld.so.cache, in the format of glibc 2.2 and later. ---- */

struct cache_head {
	char magic[20];
	uint32_t count, strings_size, unused[5];
};
struct cache_entry {
	int32_t flags;
	uint32_t name, path, osversion;
	uint64_t hwcap;
};

static char *read_cache(size_t *size) {
	FILE *file = fopen("/etc/ld.so.cache", "re");
	char *text = NULL;
	FILE *copy = file ? open_memstream(&text, size) : NULL;
	char block[BUFSIZ];
	for (size_t n; copy && (n = fread(block, 1, sizeof block, file)) > 0;)
		fwrite(block, 1, n, copy);
	if (copy)
		fclose(copy);
	if (file)
		fclose(file);
	return text;
}

static bool search_cache(const char *name, const struct image *asks, struct image *found) {
	size_t size = 0;
	char *text = read_cache(&size);
	const char *base = text ? memmem(text, size, "glibc-ld.so.cache1.1", 20) : NULL;
	size -= base ? (size_t)(base - text) : 0;
	struct cache_head head = {0};
	if (base && size >= sizeof head)
		memcpy(&head, base, sizeof head);
	bool is_found = false;
	for (size_t i = 0; !is_found && i < head.count && sizeof head + (i + 1) * sizeof(struct cache_entry) <= size; i++) {
		struct cache_entry e;
		memcpy(&e, base + sizeof head + i * sizeof e, sizeof e);
		if (e.name < size && e.path < size && strcmp(base + e.name, name) == 0)
			is_found = try(base + e.path, asks, found);
	}
	free(text);
	return is_found;
}

static bool find(const char *name, const struct image *asks, const struct image *program, struct image *found) {
	if (strchr(name, '/'))
		return try(name, asks, found);
	if (!asks->runpath && (search(asks->rpath, name, asks, found) || search(program->rpath, name, program, found)))
		return true;
	return search(getenv("LD_LIBRARY_PATH"), name, asks, found) || search(asks->runpath, name, asks, found) ||
	       search_cache(name, asks, found) ||
	       search(asks->elf_class == 2 ? "/lib64:/usr/lib64:/lib:/usr/lib" : "/lib:/usr/lib", name, asks, found);
}

static int add(struct libraries *l, const struct image *m) {
	struct image *images = reallocarray(l->images, l->count + 1, sizeof *images);
	if (images == NULL)
		return -1;
	l->images = images;
	l->images[l->count++] = *m;
	return 0;
}

static void add_needed(struct libraries *l, size_t of) {
	for (size_t i = 0; i < l->images[of].needed.count; i++) {
		const char *name = l->images[of].needed.list[i];
		struct image found;
		if (strings_have(&l->seen, name))
			continue;
		strings_add(&l->seen, name);
		if (!find(name, &l->images[of], &l->images[0], &found))
			strings_add(&l->missing, name);
		else if (add(l, &found) != 0)
			image_free(&found);
	}
}

int libraries_read(const char *program, struct libraries *l) {
	struct image m;
	memset(l, 0, sizeof *l);
	int error = image_read(program, &m);
	add(l, &m);
	for (size_t i = 0; !error && i < l->count; i++)
		add_needed(l, i);
	return error;
}

void libraries_free(struct libraries *l) {
	for (size_t i = 0; i < l->count; i++)
		image_free(&l->images[i]);
	free(l->images);
	*l = (struct libraries){0};
}
