/* cli/safe.h: what signal-safety(7) says of a function, by the name that a program imports. lint calls it. */
#ifndef SIGTAME_SAFE_H
#define SIGTAME_SAFE_H

#include <stdbool.h>

struct plain_name {
	char text[64];
};

/* The name that stands in a program's text: printf for __printf_chk, open for __open64_2; else the symbol itself. */
struct plain_name safe_plain(const char *symbol);

/* Whether a handler may call it: it is listed, under this or its plain name, or nobody wrote that call. */
bool safe_allows(const char *symbol);

#endif
