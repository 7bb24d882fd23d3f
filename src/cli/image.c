/* cli/image.c: see image.h. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void strings_add(struct strings *s, const char *text) {
	char **list = reallocarray(s->list, s->count + 1, sizeof *list);
	if (list == NULL)
		return;
	s->list = list;
	s->list[s->count] = strdup(text);
	s->count += s->list[s->count] != NULL;
}

bool strings_have(const struct strings *s, const char *text) {
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->list[i], text) == 0)
			return true;
	return false;
}

static void strings_free(struct strings *s) {
	for (size_t i = 0; i < s->count; i++)
		free(s->list[i]);
	free(s->list);
}

static void take_symbol(const GElf_Sym *symbol, const char *name, struct image *m) {
	int type = GELF_ST_TYPE(symbol->st_info);
	if (symbol->st_shndx != SHN_UNDEF) {
		m->has_gc |= strncmp(name, "GC_", 3) == 0;
		m->defines_malloc |= strcmp(name, "malloc") == 0;
	} else if (*name && (type == STT_FUNC || type == STT_NOTYPE) && !strings_have(&m->imports, name))
		strings_add(&m->imports, name);
}

static void read_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct image *m) {
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;
	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (name)
			take_symbol(&symbol, name, m);
	}
}

static void read_dynamic(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct image *m) {
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Dyn entry;
	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
		if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_RUNPATH && entry.d_tag != DT_RPATH)
			continue;
		const char *text = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
		if (text && entry.d_tag == DT_NEEDED)
			strings_add(&m->needed, text);
		else if (text && entry.d_tag == DT_RUNPATH && !m->runpath)
			m->runpath = strdup(text);
		else if (text && entry.d_tag == DT_RPATH && !m->rpath)
			m->rpath = strdup(text);
	}
}

#define NUMBER_BEFORE 24 /* bytes in which the call's number is put into eax */

/* mov $n,%eax or %rax; xor %eax,%eax; mov %reg,%eax. */
static bool sets_number(const unsigned char *p) {
	if (p[0] == 0xb8 || (p[0] == 0x48 && p[1] == 0xc7 && p[2] == 0xc0))
		return (p[0] == 0xb8 ? p[2] : p[4]) < 4 && (p[0] == 0xb8 ? p[3] | p[4] : p[5] | p[6]) == 0;
	return ((p[0] == 0x31 || p[0] == 0x33) && p[1] == 0xc0) || (p[0] == 0x89 && (p[1] & 0xc7) == 0xc0);
}

/* A displacement ends in 00 or ff, at the one place or the other; 3d 00 f0 ff ff is the comparison with -4096. */
static bool is_displacement(const unsigned char *after) {
	return after[0] == 0 || after[0] == 0xff || ((after[1] == 0 || after[1] == 0xff) && after[0] != 0x3d);
}

static bool is_call(const unsigned char *text, size_t at) {
	if (text[at] != 0x0f || text[at + 1] != 0x05 || is_displacement(text + at + 2))
		return false;
	for (size_t back = 2; back <= NUMBER_BEFORE && back <= at; back++)
		if (sets_number(text + at - back))
			return true;
	return false;
}

static void scan_text(Elf_Scn *section, struct image *m) {
	Elf_Data *data = elf_rawdata(section, NULL);
	const unsigned char *text = data ? data->d_buf : NULL;
	m->scanned = true;
	for (size_t i = 0; text && i + 3 < data->d_size; i++)
		m->raw_calls += is_call(text, i);
}

static void read_section(Elf *elf, size_t names, Elf_Scn *section, struct image *m) {
	GElf_Shdr header;
	if (!gelf_getshdr(section, &header))
		return;
	const char *name = elf_strptr(elf, names, header.sh_name);
	if (name && (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0))
		m->is_go = true;
	if (header.sh_type == SHT_DYNSYM)
		read_symbols(elf, section, &header, m);
	else if (header.sh_type == SHT_DYNAMIC)
		read_dynamic(elf, section, &header, m);
	else if (header.sh_type == SHT_PROGBITS && (header.sh_flags & SHF_EXECINSTR) && m->machine == EM_X86_64)
		scan_text(section, m);
}

static int read_elf(Elf *elf, struct image *m) {
	GElf_Ehdr header;
	size_t names = 0;
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		return ENOEXEC;
	m->elf_class = header.e_ident[EI_CLASS];
	m->machine = header.e_machine;
	elf_getshdrstrndx(elf, &names);
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;)
		read_section(elf, names, section, m);
	return 0;
}

int image_read(const char *path, struct image *m) {
	memset(m, 0, sizeof *m);
	snprintf(m->path, sizeof m->path, "%s", path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	int error = read_elf(elf, m);
	elf_end(elf);
	close(fd);
	return error;
}

void image_free(struct image *m) {
	strings_free(&m->imports);
	strings_free(&m->needed);
	free(m->runpath);
	free(m->rpath);
}
