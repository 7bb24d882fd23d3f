/* cli/library.h: where libsigtame.so is. */
#ifndef SIGTAME_LIBRARY_H
#define SIGTAME_LIBRARY_H

/* Beside the command, in the build tree or as installed, wherever that was moved to. NULL, with a line that says so. */
const char *library_find(void);

#endif
