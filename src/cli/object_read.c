/* cli/object_read.c: an ELF file into an object, with libelf. */
#include "object_read.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One more element at the end of an array; what there is no memory for is left out. */
static void *grow(void **array, size_t *count, size_t size) {
	void *larger = reallocarray(*array, *count + 1, size);
	if (larger == NULL)
		return NULL;
	*array = larger;
	return memset((char *)larger + size * (*count)++, 0, size);
}

#define APPEND(array, count) ((__typeof__(array))grow((void **)&(array), &(count), sizeof *(array)))

static void read_loaded(struct object *o, Elf *elf) {
	size_t n = 0;
	GElf_Phdr head;
	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++) {
		if (gelf_getphdr(elf, (int)i, &head) == NULL)
			continue;
		if (head.p_type == PT_PHDR)
			o->headers = head.p_vaddr;
		if (head.p_type != PT_LOAD)
			continue;
		struct span *span = APPEND(o->loaded, o->loaded_count);
		if (span != NULL)
			*span = (struct span){head.p_vaddr, head.p_vaddr + head.p_filesz, head.p_offset};
	}
}

static void add_function(struct object *o, const GElf_Sym *symbol, const char *name, bool exported) {
	int type = GELF_ST_TYPE(symbol->st_info);
	if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF || name == NULL)
		return;
	struct function *function = APPEND(o->functions, o->function_count);
	if (function != NULL)
		*function = (struct function){symbol->st_value, symbol->st_size, name, exported};
}

static void read_functions(struct object *o, Elf *elf, Elf_Scn *section, const GElf_Shdr *head) {
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;
	for (int i = 0; data != NULL && gelf_getsym(data, i, &symbol) != NULL; i++)
		add_function(o, &symbol, elf_strptr(elf, head->sh_link, symbol.st_name), head->sh_type == SHT_DYNSYM);
}

static const char *symbol_name(Elf *elf, Elf_Scn *table, size_t index) {
	GElf_Shdr head;
	GElf_Sym symbol;
	if (index == 0 || table == NULL || gelf_getshdr(table, &head) == NULL)
		return NULL;
	if (gelf_getsym(elf_getdata(table, NULL), (int)index, &symbol) == NULL || symbol.st_shndx != SHN_UNDEF)
		return NULL;
	return elf_strptr(elf, head.sh_link, symbol.st_name);
}

static void read_imports(struct object *o, Elf *elf, Elf_Scn *section, const GElf_Shdr *head) {
	Elf_Data *data = elf_getdata(section, NULL);
	Elf_Scn *table = elf_getscn(elf, head->sh_link);
	GElf_Rela relocation;
	for (int i = 0; data != NULL && gelf_getrela(data, i, &relocation) != NULL; i++) {
		const char *name = symbol_name(elf, table, GELF_R_SYM(relocation.r_info));
		struct import *import = name ? APPEND(o->imports, o->import_count) : NULL;
		if (import != NULL)
			*import = (struct import){relocation.r_offset, name};
	}
}

static void read_jumps(struct object *o, Elf *elf, const GElf_Shdr *head, size_t names) {
	const char *name = elf_strptr(elf, names, head->sh_name);
	if (name == NULL || strncmp(name, ".plt", 4) != 0)
		return;
	struct span *span = APPEND(o->jumps, o->jump_count);
	if (span != NULL)
		*span = (struct span){head->sh_addr, head->sh_addr + head->sh_size, head->sh_offset};
}

static void read_soname(struct object *o, Elf *elf, Elf_Scn *section, const GElf_Shdr *head) {
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Dyn entry;
	for (int i = 0; data != NULL && gelf_getdyn(data, i, &entry) != NULL && entry.d_tag != DT_NULL; i++)
		if (entry.d_tag == DT_SONAME)
			o->soname = elf_strptr(elf, head->sh_link, entry.d_un.d_val);
}

static void read_section(struct object *o, Elf *elf, Elf_Scn *section, size_t names) {
	GElf_Shdr head;
	if (gelf_getshdr(section, &head) == NULL)
		return;
	switch (head.sh_type) {
	case SHT_SYMTAB:
	case SHT_DYNSYM: read_functions(o, elf, section, &head); break;
	case SHT_RELA: read_imports(o, elf, section, &head); break;
	case SHT_PROGBITS: read_jumps(o, elf, &head, names); break;
	case SHT_DYNAMIC: read_soname(o, elf, section, &head); break;
	}
}

static int by_address(const void *a, const void *b) {
	const struct function *one = a, *other = b;
	if (one->address != other->address)
		return one->address < other->address ? -1 : 1;
	return other->exported - one->exported;
}

void object_read(struct object *o) {
	int fd = open(o->path, O_RDONLY | O_CLOEXEC);
	elf_version(EV_CURRENT);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	size_t names;
	if (elf != NULL && elf_kind(elf) == ELF_K_ELF && elf_getshdrstrndx(elf, &names) == 0) {
		read_loaded(o, elf);
		for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;)
			read_section(o, elf, section, names);
		if (o->function_count != 0)
			qsort(o->functions, o->function_count, sizeof *o->functions, by_address);
	}
	if (fd >= 0)
		close(fd);
}
